-- A failing row is a pool and month whose parts do not sum: allocated and unallocated to the computed cost, and both with the
-- variance to the ledger; or whose parts are not the sums of the rows they come from. Without a ledger only the first is
-- asked. A variance is no failure: it is what the ledger has and the documents do not.
with sources as (

    select
        pool,
        month_on,
        customer_id,
        cost_cents,
    from {{ ref('fct_cost_allocation') }}

    union all

    select
        pool,
        month_on,
        customer_id,
        cost_cents,
    from {{ ref('fct_acquisition_cost') }}

),

sums as (

    select
        pool,
        month_on,
        coalesce(sum(cost_cents) filter (where customer_id is not null), 0) as allocated_cents,
        coalesce(sum(cost_cents) filter (where customer_id is null), 0) as unallocated_cents,
    from sources
    group by pool, month_on

),

ledger as (

    select
        pool,
        month_on,
        sum(ledger_cents) as ledger_cents,
        count(*) = count(ledger_cents) as is_whole,
    from {{ ref('int_cost__ledger_line') }}
    where not is_total_of_segments
    group by pool, month_on

)

select
    pool_months.pool,
    pool_months.month_on,
    pool_months.computed_cents,
    pool_months.allocated_cents,
    pool_months.unallocated_cents,
    pool_months.variance_cents,
    pool_months.ledger_cents,
from {{ ref('fct_cost_pool_month') }} as pool_months
left join sums on pool_months.pool = sums.pool and pool_months.month_on = sums.month_on
left join ledger on pool_months.pool = ledger.pool and pool_months.month_on = ledger.month_on
where
    pool_months.computed_cents != pool_months.allocated_cents + pool_months.unallocated_cents
    or pool_months.variance_cents
    != pool_months.ledger_cents - pool_months.allocated_cents - pool_months.unallocated_cents
    or (
        pool_months.cost_status = 'known'
        and pool_months.ledger_status = 'known'
        and pool_months.variance_cents is null
    )
    or pool_months.allocated_cents != sums.allocated_cents
    or pool_months.unallocated_cents != sums.unallocated_cents
    or pool_months.ledger_cents is distinct from (case when ledger.is_whole then ledger.ledger_cents end)
