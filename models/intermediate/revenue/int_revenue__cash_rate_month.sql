-- One row per currency that a document names and calendar month from the first bill or movement up to the month of
-- the as-of day: its decimals and its newest rate to the reporting currency dated in or before that month. No rate is null.
-- Receivables and cash start before the first service month and include the running month, which int_revenue__fx_rate_month
-- does not; in complete months the two agree.
with invoices as (

    select * from {{ ref('stg_stripe__invoice') }}

),

charges as (

    select * from {{ ref('stg_stripe__charge') }}

),

transactions as (

    select * from {{ ref('stg_stripe__balance_transaction') }}

),

refunds as (

    select * from {{ ref('stg_stripe__refund') }}

),

disputes as (

    select * from {{ ref('stg_stripe__dispute') }}

),

credit_notes as (

    select * from {{ ref('stg_stripe__credit_note') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

used as (

    select coalesce(finalized_at, created_at) as used_at from invoices
    union all
    select created_at as used_at from charges
    union all
    select created_at as used_at from transactions
    union all
    select created_at as used_at from refunds
    union all
    select created_at as used_at from disputes
    union all
    select created_at as used_at from credit_notes

),

bounds as (

    select {{ month_start('min(used_at)') }} as first_month_on
    from used

),

months as (

    select {{ add_months('bounds.first_month_on', 'offsets.range') }} as month_on
    from bounds
    cross join range(0, 1200) as offsets -- noqa: AL05
    where {{ add_months('bounds.first_month_on', 'offsets.range') }} <= {{ as_of_date() }}

),

ranked as (

    select
        months.month_on,
        currencies.currency,
        currencies.exponent,
        rates.rate_on,
        rates.rate_to_reporting,
        row_number() over (
            partition by months.month_on, currencies.currency
            order by rates.rate_on desc nulls last, rates.direction_rank asc
        ) as rate_rank,
    from months
    cross join currencies
    left join rates
        on
            currencies.currency = rates.currency
            and {{ add_months('months.month_on', 1) }} > rates.rate_on

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

final as (

    select
        ranked.currency,
        ranked.month_on,
        ranked.month_on <= {{ last_complete_month() }} as is_complete_month,
        ranked.exponent,
        reporting.exponent as reporting_exponent,
        ranked.rate_on,
        case
            when ranked.currency = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 8))
            else ranked.rate_to_reporting
        end as rate_to_reporting,
    from ranked
    cross join reporting
    where ranked.rate_rank = 1

)

select * from final
