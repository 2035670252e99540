-- One row per subscription, seat price and day from which a number of seats applied: what stands in where the usage export
-- does not say how many seats are paid for. A price is per seat when somebody ever bought more than one of it.
with quantities as (

    select * from {{ ref('int_revenue__quantity_change') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}
    where coalesce(lower(usage_type), 'licensed') != 'metered' and interval_unit is not null

),

seat_prices as (

    select prices.price_id
    from prices
    inner join quantities on prices.price_id = quantities.price_id
    group by prices.price_id
    having max(quantities.quantity) > 1

),

dated as (

    -- two changes on one day: the later one holds
    select
        quantities.subscription_id,
        quantities.price_id,
        cast(quantities.effective_at as date) as seats_from_on,
        arg_max(quantities.quantity, quantities.effective_at) as seats,
    from quantities
    inner join seat_prices on quantities.price_id = seat_prices.price_id
    group by quantities.subscription_id, quantities.price_id, cast(quantities.effective_at as date)

),

final as (

    select
        subscriptions.customer_id,
        dated.subscription_id,
        dated.price_id,
        dated.seats_from_on,
        -- least() passes over nulls
        least(
            lead(dated.seats_from_on) over (
                partition by dated.subscription_id, dated.price_id order by dated.seats_from_on
            ),
            cast(subscriptions.ended_at as date)
        ) as seats_until_on,
        cast(dated.seats as bigint) as seats,
    from dated
    inner join subscriptions on dated.subscription_id = subscriptions.subscription_id

)

select * from final
