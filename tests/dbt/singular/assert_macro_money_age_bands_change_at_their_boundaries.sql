-- A failing row means that an age falls into the wrong age band, so that margin and support are read at the wrong age.
with given as (

    select
        example.age_month,
        example.expected
    from (
        values
        (null, null),
        (0, '00-03'),
        (3, '00-03'),
        (4, '04-06'),
        (6, '04-06'),
        (7, '07-12'),
        (12, '07-12'),
        (13, '13-24'),
        (24, '13-24'),
        (25, '25+'),
        (120, '25+')
    ) as example (age_month, expected)

)

select
    age_month,
    expected,
    {{ get_money_age_band('age_month') }} as actual,
from given
where {{ get_money_age_band('age_month') }} is distinct from expected
