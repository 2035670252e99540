-- One row per subscription and complete month with a coupon of duration `forever` in force at month end. Several
-- percentages multiply their remainders, several amounts add up.
with discounts as (

    select * from {{ ref('stg_stripe__subscription_discount') }}

),

coupons as (

    select * from {{ ref('stg_stripe__coupon') }}
    where duration = 'forever'

),

months as (

    select * from {{ ref('dim_month') }}

),

in_force as (

    select
        discounts.subscription_id,
        months.month_on,
        coupons.percent_off,
        coupons.amount_off_minor,
    from discounts
    inner join coupons on discounts.coupon_id = coupons.coupon_id
    inner join months
        on
            cast(months.next_month_on as timestamp) > discounts.started_at
            and cast(months.next_month_on as timestamp) <= coalesce(
                case when {{ was_known('discounts.ended_at') }} then discounts.ended_at end,
                timestamp '9999-12-31'
            )

),

final as (

    select
        subscription_id,
        month_on,
        cast(
            coalesce(round(100 * (1 - product(1 - cast(percent_off as double) / 100)), 2), 0) as decimal(7, 2)
        ) as percent_off,
        cast(coalesce(sum(amount_off_minor), 0) as bigint) as amount_off_minor,
    from in_force
    group by subscription_id, month_on

)

select * from final
