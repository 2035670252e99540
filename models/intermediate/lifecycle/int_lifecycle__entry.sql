-- One row per customer that ever had MRR: the month from which it is watched, and whether it was there before the data begin. Who
-- was there before is known because it stayed; among those that started then it would pass for loyalty.
with customers as (

    select * from {{ ref('int_lifecycle__customer') }}

),

late_window as (

    select days from {{ ref('history_window') }}
    where window_key = 'late_entry'

),

subscriptions as (

    select * from {{ ref('int_revenue__subscription') }}

),

versions as (

    select * from {{ ref('stg_stripe__subscription_history') }}

),

invoice_lines as (

    select * from {{ ref('int_revenue__invoice_line') }}

),

-- a start stands on the present row and proves nothing of its time; an end, a change and a bill do
changes as (

    select
        valid_from_at,
        lag(valid_from_at) over (partition by subscription_id order by valid_from_at) as previous_from_at,
    from versions
    where {{ was_known('valid_from_at') }}

),

records as (

    select min(cast(ended_at as date)) as first_on
    from subscriptions

    union all

    select min(cast(valid_from_at as date)) as first_on
    from changes
    where previous_from_at is not null

    union all

    select min(billed_on) as first_on
    from invoice_lines

),

watched as (

    select
        case
            -- without any such record nothing says that somebody left unseen
            when min(first_on) is not null then least({{ month_start('min(first_on)') }}, {{ last_complete_month() }})
        end as watched_from_on,
    from records

),

mrr_begin as (

    select min(start_month_on) as first_mrr_month_on
    from customers

),

judged as (

    select
        customers.customer_id,
        customers.start_month_on,
        watched.watched_from_on,
        coalesce(customers.start_month_on < watched.watched_from_on, false)
        or coalesce({{ month_start('customers.started_on') }} < mrr_begin.first_mrr_month_on, false)
        -- a subscription that long without an amount was paid for before anything was delivered
        or coalesce({{ days_between('customers.started_on', 'customers.start_month_on') }} > late_window.days, false)
            as is_late_entry,
    from customers
    cross join watched
    cross join mrr_begin
    cross join late_window

),

final as (

    select
        customer_id,
        greatest(start_month_on, coalesce(watched_from_on, start_month_on)) as entry_month_on,
        is_late_entry,
    from judged

)

select * from final
