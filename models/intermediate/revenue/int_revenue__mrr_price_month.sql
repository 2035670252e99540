-- One row per subscription, price in force and complete month at whose end the subscription had begun and not ended, a
-- trial included: what was agreed, in minor units of the billing currency. Price times quantity, normalised to a month,
-- and what coupons that last for ever take off it. A coupon of a fixed amount is shared by the prices of its subscription.
with subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

quantity_changes as (

    select * from {{ ref('int_revenue__quantity_change') }}

),

items as (

    select distinct
        subscription_id,
        price_id,
    from {{ ref('stg_stripe__subscription_item') }}

),

prices as (

    select * from {{ ref('stg_stripe__price') }}
    where interval_unit is not null and coalesce(usage_type, 'licensed') != 'metered'

),

interval_lengths as (

    select * from {{ ref('billing_interval') }}

),

forever_coupons as (

    select * from {{ ref('int_revenue__forever_coupon') }}

),

months as (

    select * from {{ ref('dim_month') }}

),

begun_months as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        months.month_on,
        months.month_end_on,
        cast(months.next_month_on as timestamp) as month_end_at,
        cast(months.next_month_on as timestamp) > coalesce(subscriptions.trial_end_at, subscriptions.started_at)
            as is_past_trial,
    from subscriptions
    inner join months
        on
            cast(months.next_month_on as timestamp) > subscriptions.started_at
            and cast(months.next_month_on as timestamp) <= coalesce(subscriptions.ended_at, timestamp '9999-12-31')

),

ranked as (

    select
        begun_months.subscription_id,
        begun_months.customer_id,
        begun_months.month_on,
        begun_months.month_end_at,
        begun_months.is_past_trial,
        quantity_changes.price_id,
        quantity_changes.quantity,
        quantity_changes.billed_until_at,
        items.price_id is not null as is_item_present,
        row_number() over (
            partition by begun_months.subscription_id, quantity_changes.price_id, begun_months.month_on
            order by quantity_changes.effective_at desc
        ) as change_rank,
    from begun_months
    inner join quantity_changes
        on
            begun_months.subscription_id = quantity_changes.subscription_id
            and begun_months.month_end_at > quantity_changes.effective_at
    left join items
        on
            quantity_changes.subscription_id = items.subscription_id
            and quantity_changes.price_id = items.price_id

),

-- A price that is no longer on the subscription stops counting when what was billed for it runs out.
in_force as (

    select * from ranked
    where change_rank = 1 and (is_item_present or month_end_at <= billed_until_at)

),

less_percent as (

    select
        in_force.subscription_id,
        in_force.customer_id,
        in_force.price_id,
        in_force.month_on,
        in_force.is_past_trial,
        prices.currency,
        in_force.quantity,
        coalesce(forever_coupons.percent_off, 0) as forever_percent_off,
        {{ round_ratio(
            "(cast(prices.unit_amount_minor * 1000000 as hugeint) * in_force.quantity * interval_lengths.intervals_per_year)",
            "(cast(12000000 as hugeint) * coalesce(prices.interval_count, 1))"
        ) }} as list_mrr_minor,
        {{ round_ratio(
            "(cast(prices.unit_amount_minor * 1000000 as hugeint) * in_force.quantity * interval_lengths.intervals_per_year"
            ~ " * cast((100 - coalesce(forever_coupons.percent_off, 0)) * 100 as hugeint))",
            "(cast(12000000 as hugeint) * 10000 * coalesce(prices.interval_count, 1))"
        ) }} as mrr_minor,
        -- the amount comes off every bill, so that it is normalised like the price billed most often
        {{ round_ratio(
            "(coalesce(forever_coupons.amount_off_minor, 0) * interval_lengths.intervals_per_year)",
            "(12 * coalesce(prices.interval_count, 1))"
        ) }} as amount_off_minor,
    from in_force
    inner join prices on in_force.price_id = prices.price_id
    inner join interval_lengths on prices.interval_unit = interval_lengths.interval_unit
    left join forever_coupons
        on
            in_force.subscription_id = forever_coupons.subscription_id
            and in_force.month_on = forever_coupons.month_on

),

weighted as (

    select
        *,
        sum(mrr_minor) over (
            partition by subscription_id, month_on order by price_id rows between unbounded preceding and current row
        ) as mrr_until,
        sum(mrr_minor) over (partition by subscription_id, month_on) as mrr_total,
        max(amount_off_minor) over (partition by subscription_id, month_on) as amount_off_total,
    from less_percent

),

reduced as (

    select
        *,
        mrr_minor - coalesce(
            {{ allocate_cumulative(
                'least(amount_off_total, mrr_total)', 'mrr_until - mrr_minor', 'mrr_until', 'mrr_total'
            ) }},
            0
        ) as reduced_mrr_minor,
    from weighted

),

final as (

    select
        subscription_id,
        customer_id,
        price_id,
        month_on,
        currency,
        quantity,
        is_past_trial,
        forever_percent_off,
        list_mrr_minor,
        reduced_mrr_minor - list_mrr_minor as forever_coupon_minor,
        reduced_mrr_minor as mrr_minor,
    from reduced

)

select * from final
