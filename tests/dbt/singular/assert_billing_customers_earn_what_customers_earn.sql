-- A failing row is a month in which the revenue of billing customers is not that of the customers they were put together
-- to, so that coverage by revenue would speak of another revenue than the finance marts.
with billing as (

    select
        month_on,
        sum(revenue_cents) as revenue_cents,
        count(*) filter (where not has_fx_rate) as n_unknown,
    from {{ ref('int_revenue__billing_customer_month') }}
    group by month_on

),

customers as (

    select
        month_on,
        sum(revenue_cents) as revenue_cents,
        count(*) filter (where not has_fx_rate) as n_unknown,
    from {{ ref('int_revenue__customer_month') }}
    group by month_on

)

select
    coalesce(billing.month_on, customers.month_on) as month_on,
    billing.revenue_cents as billing_revenue_cents,
    customers.revenue_cents as customer_revenue_cents,
from billing
full outer join customers on billing.month_on = customers.month_on
where
    -- an unknown amount makes a whole row unknown, and rows differ between the two
    coalesce(billing.n_unknown, 0) + coalesce(customers.n_unknown, 0) = 0
    and coalesce(billing.revenue_cents, 0) != coalesce(customers.revenue_cents, 0)
