-- One row per currency with rates to the reporting currency: how many months have one, and whether that is monthly. Where it
-- is, a month without a rate is a missing one; where rates are few by design, the newest earlier rate goes on.
with rates as (

    select * from {{ ref('int_revenue__fx_rate') }}
    where currency != '{{ var("reporting_currency") }}'

),

limits as (

    select
        max(case when limit_key = 'min_rate_months' then value end) as min_rate_months,
        max(case when limit_key = 'min_month_share_pct' then value end) as min_month_share_pct,
    from {{ ref('fx_cadence_limit') }}

),

counted as (

    select
        currency,
        count(distinct {{ month_start('rate_on') }}) as n_rate_months,
        {{ months_between('min(rate_on)', 'max(rate_on)') }} + 1 as n_months,
        max(rate_on) as last_rate_on,
    from rates
    group by currency

),

final as (

    select
        counted.currency,
        counted.n_rate_months,
        counted.n_months,
        {{ round_ratio('10000 * counted.n_rate_months', 'counted.n_months') }} as month_share_e4,
        counted.last_rate_on,
        counted.n_rate_months >= limits.min_rate_months
        and 100 * counted.n_rate_months >= limits.min_month_share_pct * counted.n_months as is_monthly,
    from counted
    cross join limits

)

select * from final
