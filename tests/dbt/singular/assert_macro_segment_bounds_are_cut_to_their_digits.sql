-- A failing row is a bound that format_bound writes otherwise than a reader of counts, shares and days expects.
with cases as (

    select * from (
        values
        (5.5, 0, '5'),
        (6.0, 0, '6'),
        (1.25, 1, '1.2'),
        (0.268, 2, '0.27'),
        (null, 0, null)
    ) as t (bound, digits, expected)

)

select
    *,
    {{ format_bound('cast(bound as double)', 'digits') }} as found,
from cases
where {{ format_bound('cast(bound as double)', 'digits') }} is distinct from expected
