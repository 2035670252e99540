-- One row per subscription and complete month in which it was alive at month end: contracted ARR, and the same as an
-- amount in the reporting currency. Subscriptions billed in several currencies have none.
with price_months as (

    select * from {{ ref('int_revenue__subscription_price_month') }}

),

currencies as (

    select * from {{ ref('int_revenue__currency') }}

),

summed as (

    select
        subscription_id,
        month_on,
        min(currency) as currency,
        sum(mrr_minor) * 12 as arr_minor,
    from price_months
    group by subscription_id, month_on
    having count(distinct currency) = 1

),

final as (

    select
        summed.subscription_id,
        summed.month_on,
        summed.currency,
        cast(
            round(cast(summed.arr_minor as decimal(24, 0)) * cast(power(10, -currencies.exponent) as decimal(9, 4)), 2)
            as decimal(18, 2)
        ) as arr_amount,
        row_number() over (partition by summed.subscription_id order by summed.month_on) = 1 as is_first_month,
    from summed
    inner join currencies on summed.currency = currencies.currency
    where summed.arr_minor > 0

)

select * from final
