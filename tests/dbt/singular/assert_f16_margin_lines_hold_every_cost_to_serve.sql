-- A failing row is a month and pool of cost to serve whose rows in fct_margin_line, those without a customer included, are not
-- the whole pool; or one whose number of customers with an unknown cost differs.
with pools as (

    select
        month_on,
        pool,
        customer_id,
        document_id,
        case when count(*) = count(cost_cents) then sum(cost_cents) end as cost_cents,
    from {{ ref('fct_cost_allocation') }}
    where pool in ('support', 'payment_fees', 'onboarding')
    group by month_on, pool, customer_id, document_id, document_type

),

allocated as (

    select
        month_on,
        pool,
        coalesce(sum(cost_cents), 0) as cost_cents,
        count(*) filter (where cost_cents is null) as n_unknown,
    from pools
    group by month_on, pool

),

shown as (

    select
        month_on,
        component as pool,
        -coalesce(sum(amount_cents), 0) as cost_cents,
        count(*) filter (where amount_cents is null) as n_unknown,
    from {{ ref('fct_margin_line') }}
    where component in ('support', 'payment_fees', 'onboarding')
    group by month_on, component

)

select
    coalesce(allocated.month_on, shown.month_on) as month_on,
    coalesce(allocated.pool, shown.pool) as pool,
    allocated.cost_cents as allocated_cents,
    shown.cost_cents as shown_cents,
    allocated.n_unknown as allocated_unknown,
    shown.n_unknown as shown_unknown,
from allocated
full outer join shown on allocated.month_on = shown.month_on and allocated.pool = shown.pool
where
    coalesce(allocated.cost_cents, 0) != coalesce(shown.cost_cents, 0)
    or coalesce(allocated.n_unknown, 0) != coalesce(shown.n_unknown, 0)
