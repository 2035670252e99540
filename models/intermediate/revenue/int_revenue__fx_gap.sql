-- One row per billing currency, kind of gap and run of months one after another: booked months whose amounts have no rate to the
-- reporting currency, and booked months that an earlier month's rate serves.
with revenue as (

    select * from {{ ref('fct_revenue_line_month') }}
    where currency != '{{ var("reporting_currency") }}'

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

booked as (

    select
        currency,
        month_on,
        count(*) as n_rows,
        -- nothing is nothing in every currency, so a line of nothing misses no rate
        count(*) filter (where recognised_cents is null or billed_cents is null or credited_cents is null) as n_blocked,
    from revenue
    group by currency, month_on

),

gap_months as (

    select
        currency,
        'no_rate' as gap,
        month_on,
        cast(null as date) as rate_on,
        n_blocked as n_rows,
    from booked
    where n_blocked > 0

    union all

    select
        booked.currency,
        'rate_carried' as gap,
        booked.month_on,
        rates.rate_on,
        booked.n_rows,
    from booked
    inner join rates on booked.currency = rates.currency and booked.month_on = rates.month_on
    where rates.rate_on < booked.month_on

),

placed as (

    select
        *,
        -- the same for months one after another
        {{ add_months('month_on', '-row_number() over (partition by currency, gap, rate_on order by month_on)') }} as run_key,
    from gap_months

),

final as (

    select
        currency,
        gap,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on,
        rate_on,
        count(*) as n_months,
        cast(sum(n_rows) as bigint) as n_rows,
    from placed
    group by currency, gap, rate_on, run_key

)

select * from final
