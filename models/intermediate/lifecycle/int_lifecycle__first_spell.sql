-- One row per customer: the day its first spell began and, where it ended by the as-of day, the day it did. Coming back later
-- is a new story. Months without MRR decide that it ended; the subscriptions tell the day.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

customer_months as (

    select * from {{ ref('fct_customer_month') }}

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

first_gaps as (

    select
        customer_id,
        min(month_on) as gap_month_on,
    from customer_months
    where age_month >= 1 and not is_active
    group by customer_id

),

ends as (

    select
        subscriptions.customer_id,
        bool_and(subscriptions.ended_at is not null) as has_only_ended,
        max(cast(subscriptions.ended_at as date)) as last_ended_on,
        max(
            case
                when {{ month_start('subscriptions.ended_at') }} = first_gaps.gap_month_on
                    then cast(subscriptions.ended_at as date)
            end
        ) as ended_in_gap_on,
    from subscriptions
    left join first_gaps on subscriptions.customer_id = first_gaps.customer_id
    group by subscriptions.customer_id

),

final as (

    select
        customers.customer_id,
        customers.started_on,
        case
            -- MRR can stop without an end of the subscription: gone from the first day of that month
            when first_gaps.gap_month_on is not null then coalesce(ends.ended_in_gap_on, first_gaps.gap_month_on)
            -- the month is not over, but nothing runs any more
            when ends.has_only_ended then ends.last_ended_on
        end as left_on,
    from customers
    left join first_gaps on customers.customer_id = first_gaps.customer_id
    left join ends on customers.customer_id = ends.customer_id

)

select * from final
