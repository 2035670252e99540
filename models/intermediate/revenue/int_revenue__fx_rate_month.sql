-- One row per complete month and billing or cost currency: units of the reporting currency per unit of it, from the
-- newest rate dated in that month. Where rates are few by design the newest earlier one goes on; where they come monthly,
-- a month without one has no rate. No rate means null, and the month's amounts of that currency stay unknown.
with months as (

    select * from {{ ref('dim_month') }}

),

all_rates as (

    select * from {{ ref('int_revenue__fx_rate') }}

),

cadences as (

    select * from {{ ref('int_revenue__fx_cadence') }}

),

currencies as (

    select currency from {{ ref('int_revenue__currency') }}
    union
    select currency from all_rates

),

ranked as (

    select
        months.month_on,
        currencies.currency,
        all_rates.rate_on,
        all_rates.rate_to_reporting,
        row_number() over (
            partition by months.month_on, currencies.currency
            order by all_rates.rate_on desc nulls last, all_rates.direction_rank asc
        ) as rate_rank,
    from months
    cross join currencies
    left join all_rates
        on currencies.currency = all_rates.currency and months.month_end_on >= all_rates.rate_on

),

newest as (

    select
        ranked.month_on,
        ranked.currency,
        ranked.rate_on,
        ranked.rate_to_reporting,
        coalesce(cadences.is_monthly, false) and ranked.rate_on < ranked.month_on as is_missing,
    from ranked
    left join cadences on ranked.currency = cadences.currency
    where ranked.rate_rank = 1

),

final as (

    select
        month_on,
        currency,
        case when not is_missing then rate_on end as rate_on,
        case
            when currency = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 8))
            when not is_missing then rate_to_reporting
        end as rate_to_reporting,
    from newest

)

select * from final
