-- One row per pool and complete month: what the documents add up to, how much of it is shared to customers, what stays
-- without one, and the ledger beside it. Six pools are costs; revenue stands beside them for the ledger's sake. What the
-- ledger has and the documents do not is the variance: it is shown, and never spread over customers.
with allocations as (

    select * from {{ ref('fct_cost_allocation') }}

),

acquisition_costs as (

    select * from {{ ref('fct_acquisition_cost') }}

),

revenue_lines as (

    select * from {{ ref('fct_revenue_line_month') }}

),

ledger as (

    select * from {{ ref('int_cost__ledger_pool_month') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

pools as (

    -- what people type in is unknown in a month without a line; what systems record is zero
    select
        named.pool,
        named.is_typed_in,
    from (
        values
        ('support', false), ('payment_fees', false), ('onboarding', true), ('marketing', true), ('sales', true),
        ('cost_of_service', false), ('revenue', false)
    ) as named (pool, is_typed_in)

),

costs as (

    select
        pool,
        month_on,
        customer_id,
        cost_cents,
    from allocations

    union all

    select
        pool,
        month_on,
        customer_id,
        cost_cents,
    from acquisition_costs

    union all

    -- a line without a stated margin leaves the cost of its month unknown
    select
        'cost_of_service' as pool,
        month_on,
        customer_id,
        cost_of_service_cents as cost_cents,
    from revenue_lines
    where recognised_minor != 0

    union all

    select
        'revenue' as pool,
        month_on,
        customer_id,
        recognised_cents as cost_cents,
    from revenue_lines
    where recognised_minor != 0

),

sums as (

    select
        pool,
        month_on,
        count(*) filter (where cost_cents is null) as n_unknown,
        coalesce(sum(cost_cents) filter (where customer_id is not null), 0) as allocated_cents,
        coalesce(sum(cost_cents) filter (where customer_id is null), 0) as unallocated_cents,
    from costs
    group by pool, month_on

),

first_months as (

    select
        pool,
        min(month_on) as first_month_on,
    from sums
    group by pool

),

joined as (

    select
        pools.pool,
        months.month_on,
        coalesce(sums.n_unknown, 0) as n_unknown,
        case
            when sums.n_unknown > 0 then 'unknown'
            when sums.pool is not null then 'known'
            when pools.is_typed_in or first_months.pool is null or months.month_on < first_months.first_month_on
                then 'not_delivered'
            else 'known'
        end as cost_status,
        coalesce(sums.allocated_cents, 0) as allocated_cents,
        coalesce(sums.unallocated_cents, 0) as unallocated_cents,
        ledger.ledger_cents,
        case
            when ledger.pool is null then 'no_ledger'
            when ledger.ledger_cents is null then 'no_rate'
            else 'known'
        end as ledger_status,
    from pools
    cross join months
    left join sums on pools.pool = sums.pool and months.month_on = sums.month_on
    left join first_months on pools.pool = first_months.pool
    left join ledger on pools.pool = ledger.pool and months.month_on = ledger.month_on

),

final as (

    select
        pool,
        month_on,
        cost_status,
        ledger_status,
        n_unknown,
        cast(case when cost_status = 'known' then allocated_cents + unallocated_cents end as bigint) as computed_cents,
        cast(case when cost_status != 'not_delivered' then allocated_cents end as bigint) as allocated_cents,
        cast(case when cost_status != 'not_delivered' then unallocated_cents end as bigint) as unallocated_cents,
        ledger_cents,
        cast(
            case when cost_status = 'known' then ledger_cents - allocated_cents - unallocated_cents end as bigint
        ) as variance_cents,
    from joined

)

select * from final
