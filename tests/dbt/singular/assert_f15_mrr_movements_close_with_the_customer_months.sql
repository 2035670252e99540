-- A failing row is a month in which MRR that the movements close with is not MRR of the customer months that segments rest
-- on, in minor units of the reporting currency. Customers with an unknown rate in the month are in neither.
with known as (

    select
        customer_id,
        month_on,
        mrr_cents,
    from {{ ref('fct_customer_month') }}
    where mrr_cents is not null

),

movements as (

    select
        movements.month_on,
        sum(movements.closing_cents) as closing_cents,
    from {{ ref('fct_mrr_movement_month') }} as movements
    inner join known on movements.customer_id = known.customer_id and movements.month_on = known.month_on
    group by movements.month_on

),

customers as (

    select
        month_on,
        sum(mrr_cents) as mrr_cents,
    from known
    group by month_on

)

select
    customers.month_on,
    movements.closing_cents,
    customers.mrr_cents,
from customers
left join movements on customers.month_on = movements.month_on
where coalesce(movements.closing_cents, 0) != customers.mrr_cents
