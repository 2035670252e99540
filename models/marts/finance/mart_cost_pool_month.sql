-- One row per pool and complete month, in the reporting currency: what the documents add up to, how much of it reaches
-- customers, and what the company's own ledger says beside it. The variance is shown and never spread over customers.
with pool_months as (

    select * from {{ ref('fct_cost_pool_month') }}

),

reporting as (

    select
        currency,
        exponent,
    from {{ ref('dim_currency') }}
    where is_reporting_currency

),

final as (

    select
        pool_months.pool,
        pool_months.month_on,
        reporting.currency,
        pool_months.cost_status,
        pool_months.ledger_status,
        cast(pool_months.n_unknown as bigint) as n_unknown,
        {{ convert_to_major_units('pool_months.computed_cents', 'reporting.exponent') }} as computed_amount,
        {{ convert_to_major_units('pool_months.allocated_cents', 'reporting.exponent') }} as allocated_amount,
        {{ convert_to_major_units('pool_months.unallocated_cents', 'reporting.exponent') }} as unallocated_amount,
        {{ convert_to_major_units('pool_months.ledger_cents', 'reporting.exponent') }} as ledger_amount,
        {{ convert_to_major_units('pool_months.variance_cents', 'reporting.exponent') }} as variance_amount,
        {{ as_of_date() }} as as_of_date,
    from pool_months
    cross join reporting

)

select * from final
