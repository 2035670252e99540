-- One row per billing customer and complete month in which it had MRR, an invoice or recognised revenue: what the customer
-- months are made of, before billing customers are put together to accounts. Amounts in reporting-currency cents.
with recognised as (

    select * from {{ ref('int_revenue__recognised_line_month') }}

),

invoice_lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

invoices as (

    select bills.* from {{ ref('stg_stripe__invoice') }} as bills
    where {{ was_billed('bills') }}

),

price_months as (

    select * from {{ ref('int_revenue__subscription_price_month') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

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

-- Converted by price, as in int_revenue__customer_month: the two can differ by the rounding of a cent where several
-- billing customers of one account pay the same price in a foreign currency.
revenue_lines as (

    select
        invoice_lines.stripe_customer_id,
        recognised.price_id,
        recognised.currency,
        recognised.month_on,
        sum(recognised.revenue_minor) as revenue_minor,
        0 as mrr_minor,
    from recognised
    inner join invoice_lines
        on
            recognised.invoice_id = invoice_lines.invoice_id
            and recognised.invoice_line_item_id = invoice_lines.invoice_line_item_id
    group by invoice_lines.stripe_customer_id, recognised.price_id, recognised.currency, recognised.month_on

),

mrr_lines as (

    select
        subscriptions.stripe_customer_id,
        price_months.price_id,
        price_months.currency,
        price_months.month_on,
        -- without any invoice line in the whole company contracted MRR stands in for revenue
        case when exists (select 1 from recognised) then 0 else sum(price_months.mrr_minor) end as revenue_minor,
        sum(price_months.mrr_minor) as mrr_minor,
    from price_months
    inner join subscriptions on price_months.subscription_id = subscriptions.subscription_id
    group by subscriptions.stripe_customer_id, price_months.price_id, price_months.currency, price_months.month_on

),

invoice_months as (

    select distinct
        stripe_customer_id,
        null as price_id,
        currency,
        {{ month_start('coalesce(finalized_at, created_at)') }} as month_on,
        0 as revenue_minor,
        0 as mrr_minor,
    from invoices
    where {{ month_start('coalesce(finalized_at, created_at)') }} <= {{ last_complete_month() }}

),

unioned as (

    select * from revenue_lines
    union all
    select * from mrr_lines
    union all
    select * from invoice_months

),

converted as (

    select
        unioned.stripe_customer_id,
        unioned.month_on,
        -- nothing is nothing in every currency
        case when unioned.revenue_minor = 0 then 0 else {{ convert_minor_units(
            'unioned.revenue_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as revenue_cents,
        case when unioned.mrr_minor = 0 then 0 else {{ convert_minor_units(
            'unioned.mrr_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as mrr_cents,
    from unioned
    inner join currencies on unioned.currency = currencies.currency
    cross join reporting
    left join rates on unioned.currency = rates.currency and unioned.month_on = rates.month_on

),

final as (

    select
        stripe_customer_id,
        month_on,
        bool_and(revenue_cents is not null) as has_fx_rate,
        cast(case when bool_and(revenue_cents is not null) then sum(revenue_cents) end as bigint) as revenue_cents,
        cast(case when bool_and(mrr_cents is not null) then sum(mrr_cents) end as bigint) as mrr_cents,
    from converted
    group by stripe_customer_id, month_on

)

select * from final
