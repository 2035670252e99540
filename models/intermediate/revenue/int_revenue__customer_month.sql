-- One row per customer and complete month with a bill, a credit or recognised revenue: reporting-currency cents, and the
-- part of it whose gross margin is known. Without any invoice line in the whole company, contracted MRR stands in for
-- revenue.
with revenue_lines as (

    select * from {{ ref('fct_revenue_line_month') }}

),

price_months as (

    select * from {{ ref('int_revenue__subscription_price_month') }}

),

rates as (

    select * from {{ ref('int_revenue__fx_rate_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

reporting as (

    select exponent from currencies
    where is_reporting_currency

),

margins as (

    select * from {{ ref('int_revenue__price_margin') }}

),

proxies as (

    select
        price_months.customer_id,
        price_months.month_on,
        margins.gross_margin_rate,
        {{ convert_minor_units(
            'price_months.mrr_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} as recognised_cents,
    from price_months
    inner join currencies on price_months.currency = currencies.currency
    cross join reporting
    left join rates
        on price_months.currency = rates.currency and price_months.month_on = rates.month_on
    left join margins
        on
            price_months.price_id = margins.price_id
            -- the rate in force on the last day holds for the month
            and {{ add_months('price_months.month_on', 1) }} - 1 between margins.valid_from_on and margins.valid_to_on
    where not exists (select 1 from revenue_lines)

),

unioned as (

    select
        customer_id,
        month_on,
        false as is_mrr_proxy,
        recognised_cents,
        case when gross_margin_rate is not null then recognised_cents end as margin_revenue_cents,
        gross_margin_cents,
    from revenue_lines

    union all

    select
        customer_id,
        month_on,
        true as is_mrr_proxy,
        recognised_cents,
        case when gross_margin_rate is not null then recognised_cents end as margin_revenue_cents,
        cast(round(recognised_cents * cast(gross_margin_rate as decimal(9, 6)), 0) as bigint) as gross_margin_cents,
    from proxies

),

final as (

    select
        customer_id,
        month_on,
        bool_or(is_mrr_proxy) as is_mrr_proxy,
        bool_and(recognised_cents is not null) as has_fx_rate,
        cast(sum(recognised_cents) as bigint) as revenue_cents,
        cast(sum(margin_revenue_cents) as bigint) as margin_revenue_cents,
        cast(sum(gross_margin_cents) as bigint) as gross_margin_cents,
    from unioned
    group by customer_id, month_on

)

select * from final
