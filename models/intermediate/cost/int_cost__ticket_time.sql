-- One row per ticket and moment at which handling time was added, in whole seconds. Time comes from rises of the running
-- total in the field history. A ticket from before the company began to record time, and a company that never did, cost
-- a stated number of minutes per ticket instead.
with tickets as (

    select * from {{ ref('int_identity__ticket') }}

),

priorities as (

    select
        cast(ticket_id as varchar) as ticket_id,
        lower(priority) as priority,
    from {{ ref('stg_zendesk__ticket') }}

),

field_history as (

    select * from {{ ref('stg_zendesk__ticket_field_history') }}
    where field_name = '{{ var("ticket_time_field") }}'

),

handle_time_assumptions as (

    select * from {{ ref('support_handle_time') }}

),

totals as (

    select
        cast(ticket_id as varchar) as ticket_id,
        updated_at,
        cast(round(try_cast(trim(field_value) as decimal(18, 2))) as bigint) as total_seconds,
    from field_history
    where {{ was_known('updated_at') }}

),

readable_totals as (

    select * from totals
    where total_seconds >= 0

),

-- The newest total is what was worked. A height reached before is no new work, and one that was taken back was a slip.
heights as (

    select
        ticket_id,
        updated_at,
        least(
            max(total_seconds) over (
                partition by ticket_id order by updated_at
                rows between unbounded preceding and current row
            ),
            last_value(total_seconds) over (
                partition by ticket_id order by updated_at
                rows between unbounded preceding and unbounded following
            )
        ) as height_seconds,
    from readable_totals

),

increments as (

    select
        ticket_id,
        updated_at as worked_at,
        height_seconds
        - coalesce(lag(height_seconds) over (partition by ticket_id order by updated_at), 0) as seconds_added,
    from heights

),

tracking as (

    select min(worked_at) as tracked_from_at
    from increments
    where seconds_added > 0

),

assumed as (

    select
        tickets.ticket_id,
        tickets.created_at as worked_at,
        cast(coalesce(by_priority.handle_minutes, fallback.handle_minutes) * 60 as bigint) as seconds_added,
    from tickets
    cross join tracking
    inner join priorities on tickets.ticket_id = priorities.ticket_id
    left join handle_time_assumptions as by_priority on priorities.priority = by_priority.priority
    left join handle_time_assumptions as fallback on fallback.priority = 'unknown'
    where
        tickets.is_counted
        -- once time is recorded, a ticket without any took none
        and (tracking.tracked_from_at is null or tickets.created_at < tracking.tracked_from_at)
        and not exists (
            select 1 from readable_totals
            where readable_totals.ticket_id = tickets.ticket_id
        )

),

final as (

    select
        ticket_id,
        worked_at,
        seconds_added,
        false as is_assumed,
    from increments
    where seconds_added > 0

    union all

    select
        ticket_id,
        worked_at,
        seconds_added,
        true as is_assumed,
    from assumed

)

select * from final
