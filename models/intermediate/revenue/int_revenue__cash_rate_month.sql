-- One row per currency that a document names and calendar month from the first bill or movement up to the month of
-- the as-of day: its decimals and its rate to the reporting currency. No rate is null. Receivables and cash start before the
-- first service month and include the running month, which int_revenue__fx_rate_month does not; in complete months the two
-- agree, and the running month may use a rate of the last days (seed fx_cadence_limit).
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

cadences as (

    select * from {{ ref('int_revenue__fx_cadence') }}

),

running_month as (

    select value as days from {{ ref('fx_cadence_limit') }}
    where limit_key = 'running_month_days'

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

newest as (

    select
        ranked.currency,
        ranked.month_on,
        ranked.month_on <= {{ last_complete_month() }} as is_complete_month,
        ranked.exponent,
        ranked.rate_on,
        ranked.rate_to_reporting,
        coalesce(cadences.is_monthly, false)
        and ranked.rate_on < ranked.month_on
        and (
            ranked.month_on <= {{ last_complete_month() }}
            or {{ days_between('ranked.rate_on', as_of_date()) }} > running_month.days
        ) as is_missing,
    from ranked
    cross join running_month
    left join cadences on ranked.currency = cadences.currency
    where ranked.rate_rank = 1

),

final as (

    select
        newest.currency,
        newest.month_on,
        newest.is_complete_month,
        newest.exponent,
        reporting.exponent as reporting_exponent,
        case when not newest.is_missing then newest.rate_on end as rate_on,
        case
            when newest.currency = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 8))
            when not newest.is_missing then newest.rate_to_reporting
        end as rate_to_reporting,
    from newest
    cross join reporting

)

select * from final
