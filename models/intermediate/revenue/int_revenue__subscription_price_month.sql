-- One row per subscription, price and complete month at whose end the subscription was alive and past its trial:
-- contracted MRR in minor units of the billing currency. Null where the price states no amount.
with price_months as (

    select * from {{ ref('int_revenue__mrr_price_month') }}

),

final as (

    select
        subscription_id,
        customer_id,
        price_id,
        month_on,
        currency,
        quantity,
        forever_percent_off,
        mrr_minor,
    from price_months
    where is_past_trial

)

select * from final
