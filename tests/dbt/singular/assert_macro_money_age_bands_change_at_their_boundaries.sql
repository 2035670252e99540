-- A failing row means that an age falls into the wrong age band, so that margin and support are read at the wrong age.
with given as (

    select
        example.age_month,
        example.expected
    from (
        values
        (null, null),
        (0, '00-02'),
        (2, '00-02'),
        (3, '03-05'),
        (5, '03-05'),
        (6, '06-11'),
        (11, '06-11'),
        (12, '12-23'),
        (23, '12-23'),
        (24, '24+'),
        (120, '24+')
    ) as example (age_month, expected)

)

select
    age_month,
    expected,
    {{ get_money_age_band('age_month') }} as actual,
from given
where {{ get_money_age_band('age_month') }} is distinct from expected
