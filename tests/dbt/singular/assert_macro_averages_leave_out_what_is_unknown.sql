-- A failing row means that a mean of doubles counts unknown values, or gives a number where there is none.
with examples as (

    select example.*
    from (
        values
        ('three known', 1.0, 2.0), ('three known', 2.0, 2.0), ('three known', null, 2.0), ('three known', 3.0, 2.0),
        ('none known', null, null)
    ) as example (claim, value, expected)

),

averaged as (

    select
        claim,
        max(expected) as expected,
        {{ average_exactly('value') }} as actual,
    from examples
    group by claim

)

select *
from averaged
where actual is distinct from expected
