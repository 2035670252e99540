-- One row per customer and complete month with recognised revenue: reporting-currency cents, and the part of it whose
-- gross margin is known. Without any invoice line in the whole company, contracted MRR stands in for revenue.
with recognised as (

    select * from {{ ref('int_revenue__recognised_line_month') }}

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

revenue_lines as (

    select
        customer_id,
        price_id,
        currency,
        month_on,
        sum(revenue_minor) as revenue_minor,
        false as is_mrr_proxy,
    from recognised
    group by customer_id, price_id, currency, month_on

    union all

    select
        customer_id,
        price_id,
        currency,
        month_on,
        sum(mrr_minor) as revenue_minor,
        true as is_mrr_proxy,
    from price_months
    where not exists (select 1 from recognised)
    group by customer_id, price_id, currency, month_on

),

converted as (

    select
        revenue_lines.customer_id,
        revenue_lines.month_on,
        revenue_lines.is_mrr_proxy,
        margins.gross_margin_rate,
        {{ convert_minor_units(
            'revenue_lines.revenue_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} as revenue_cents,
    from revenue_lines
    inner join currencies on revenue_lines.currency = currencies.currency
    cross join reporting
    left join rates
        on revenue_lines.currency = rates.currency and revenue_lines.month_on = rates.month_on
    left join margins
        on
            revenue_lines.price_id = margins.price_id
            -- the rate in force on the last day holds for the month
            and {{ add_months('revenue_lines.month_on', 1) }} - 1 between margins.valid_from_on and margins.valid_to_on

),

final as (

    select
        customer_id,
        month_on,
        bool_or(is_mrr_proxy) as is_mrr_proxy,
        bool_and(revenue_cents is not null) as has_fx_rate,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        cast(sum(case when gross_margin_rate is not null then revenue_cents end) as bigint) as margin_revenue_cents,
        cast(
            sum(cast(round(revenue_cents * cast(gross_margin_rate as decimal(9, 6)), 0) as bigint))
            as bigint
        ) as gross_margin_cents,
    from converted
    group by customer_id, month_on

)

select * from final
