-- One row per billing customer and complete month in which it had MRR, an invoice or recognised revenue: what the customer
-- months are made of, before billing customers are put together to accounts. Amounts in reporting-currency cents.
with recognised as (

    select * from {{ ref('fct_revenue_line_month') }}

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

revenue_lines as (

    select
        stripe_customer_id,
        month_on,
        recognised_cents as revenue_cents,
        cast(0 as bigint) as mrr_cents,
    from recognised

),

mrr_months as (

    select
        subscriptions.stripe_customer_id,
        price_months.currency,
        price_months.month_on,
        sum(price_months.mrr_minor) as mrr_minor,
    from price_months
    inner join subscriptions on price_months.subscription_id = subscriptions.subscription_id
    group by subscriptions.stripe_customer_id, price_months.currency, price_months.month_on

),

converted as (

    select
        mrr_months.stripe_customer_id,
        mrr_months.month_on,
        -- nothing is nothing in every currency
        case when mrr_months.mrr_minor = 0 then 0 else {{ convert_minor_units(
            'mrr_months.mrr_minor', 'currencies.exponent', 'rates.rate_to_reporting', 'reporting.exponent'
        ) }} end as mrr_cents,
    from mrr_months
    inner join currencies on mrr_months.currency = currencies.currency
    cross join reporting
    left join rates on mrr_months.currency = rates.currency and mrr_months.month_on = rates.month_on

),

mrr_lines as (

    select
        stripe_customer_id,
        month_on,
        -- without any invoice line in the whole company contracted MRR stands in for revenue
        case when exists (select 1 from recognised) then 0 else mrr_cents end as revenue_cents,
        mrr_cents,
    from converted

),

invoice_months as (

    select distinct
        stripe_customer_id,
        {{ month_start('coalesce(finalized_at, created_at)') }} as month_on,
        0 as revenue_cents,
        0 as mrr_cents,
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

final as (

    select
        stripe_customer_id,
        month_on,
        bool_and(revenue_cents is not null) as has_fx_rate,
        cast(case when bool_and(revenue_cents is not null) then sum(revenue_cents) end as bigint) as revenue_cents,
        cast(case when bool_and(mrr_cents is not null) then sum(mrr_cents) end as bigint) as mrr_cents,
    from unioned
    group by stripe_customer_id, month_on

)

select * from final
