-- A failing row means that a contract term falls into the wrong term type, so that its renewals are expected in the
-- wrong month.
with given as (

    select
        example.term_months,
        example.expected
    from (
        values
        (null, 'unknown'),
        (-1, 'unknown'),
        (0, 'unknown'),
        (1, 'monthly'),
        (2, 'monthly'),
        (3, 'annual'),
        (12, 'annual'),
        (15, 'annual'),
        (16, 'multi'),
        (36, 'multi')
    ) as example (term_months, expected)

)

select
    term_months,
    expected,
    {{ term_type_of('term_months') }} as actual,
from given
where {{ term_type_of('term_months') }} is distinct from expected
