-- One row per policy other than the contracted one, subscription, price, currency, complete month and reason: by how much
-- MRR by that policy differs from contracted MRR for that reason. Any two policies differ by the difference of their rows.
with items as (

    select * from {{ ref('int_revenue__mrr_item_month') }}

),

policies as (

    select policy from {{ ref('mrr_policy') }}
    where policy != 'contracted'

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

-- what is unknown counts in no total, so it adds nothing to a difference
signed as (

    select
        policy,
        customer_id,
        subscription_id,
        price_id,
        currency,
        month_on,
        item,
        coalesce(mrr_minor, 0) as difference_minor,
    from items
    where policy != 'contracted'

    union all

    select
        policies.policy,
        items.customer_id,
        items.subscription_id,
        items.price_id,
        items.currency,
        items.month_on,
        items.item,
        -coalesce(items.mrr_minor, 0) as difference_minor,
    from items
    cross join policies
    where items.policy = 'contracted'

),

final as (

    select
        signed.policy,
        signed.customer_id,
        signed.subscription_id,
        signed.price_id,
        signed.currency,
        currencies.exponent as currency_exponent,
        signed.month_on,
        signed.item as reason,
        cast(sum(signed.difference_minor) as bigint) as difference_minor,
    from signed
    inner join currencies on signed.currency = currencies.currency
    group by
        signed.policy,
        signed.customer_id,
        signed.subscription_id,
        signed.price_id,
        signed.currency,
        currencies.exponent,
        signed.month_on,
        signed.item
    having sum(signed.difference_minor) != 0

)

select * from final
