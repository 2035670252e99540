-- One row per complete month and billing or cost currency: units of the reporting currency per unit of it, from the
-- newest rate dated in or before that month. No rate means null, and the month's amounts of that currency stay
-- unknown.
with months as (

    select * from {{ ref('dim_month') }}

),

all_rates as (

    select * from {{ ref('int_revenue__fx_rate') }}

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

final as (

    select
        month_on,
        currency,
        rate_on,
        case
            when currency = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 8))
            else rate_to_reporting
        end as rate_to_reporting,
    from ranked
    where rate_rank = 1

)

select * from final
