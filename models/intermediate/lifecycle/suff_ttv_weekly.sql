-- One row per segment, week since the customer's start and customer bucket: integer counts of customers that had not reached
-- value yet, and of those that reached it or left in that week. All that the time-to-value model ever sees.
with customers as (

    select * from {{ ref('int_lifecycle__value_reached') }}
    where first_week is not null

),

weeks as (

    select cast(unnest(range(1, 53)) as integer) as week_since_close

),

final as (

    select
        customers.segment_id,
        weeks.week_since_close,
        customers.bucket,
        count(*) as n_at_risk,
        count(*) filter (
            where customers.value_status = 'reached' and customers.end_week = weeks.week_since_close
        ) as n_reached,
        count(*) filter (
            where customers.value_status = 'left' and customers.end_week = weeks.week_since_close
        ) as n_left,
    from customers
    inner join weeks on weeks.week_since_close between customers.first_week and customers.end_week
    group by customers.segment_id, weeks.week_since_close, customers.bucket

)

select * from final
