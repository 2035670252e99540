-- One row per subscription and day on which what was bought went up: a larger quantity of a price, or a price that came
-- after the start.
with quantity_changes as (

    select * from {{ ref('int_revenue__quantity_change') }}
    where {{ was_known('effective_at') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

sequenced as (

    select
        quantity_changes.subscription_id,
        cast(quantity_changes.effective_at as date) as rise_on,
        cast(subscriptions.started_at as date) as started_on,
        quantity_changes.quantity,
        lag(quantity_changes.quantity) over (
            partition by quantity_changes.subscription_id, quantity_changes.price_id
            order by quantity_changes.effective_at
        ) as previous_quantity,
    from quantity_changes
    inner join subscriptions on quantity_changes.subscription_id = subscriptions.subscription_id

),

final as (

    select distinct
        subscription_id,
        rise_on,
    from sequenced
    where rise_on > started_on and quantity > coalesce(previous_quantity, 0)

)

select * from final
