-- A failing row is a month whose opening deferred revenue, plus what was billed, less what was credited and recognised, is
-- not its closing balance by the service dates of the lines, to the minor unit; or which does not open as the month before
-- closed.
with months as (

    select
        *,
        opening_deferred_minor - opening_unbilled_minor as opening_minor,
        closing_deferred_minor - closing_unbilled_minor as closing_minor,
        lag(closing_deferred_minor - closing_unbilled_minor, 1, 0) over (partition by currency order by month_on)
            as closed_before_minor,
    from {{ ref('int_revenue__deferred_month') }}

)

select
    currency,
    month_on,
    opening_minor,
    billed_minor,
    credited_minor,
    recognised_minor,
    closing_minor,
from months
where opening_minor + billed_minor - credited_minor - recognised_minor != closing_minor or opening_minor != closed_before_minor
