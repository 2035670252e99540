-- One row per ticket and moment at which handling time was added, in seconds. Time comes from increases of the running
-- total in the field history. Where a company records no handling time at all, a stated number of minutes per ticket
-- stands in.
with tickets as (

    select * from {{ ref('stg_zendesk__ticket') }}

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
        ticket_id,
        updated_at,
        try_cast(field_value as decimal(18, 2)) as total_seconds,
    from field_history
    where {{ was_known('updated_at') }}

),

increments as (

    select
        ticket_id,
        updated_at as worked_at,
        total_seconds
        - coalesce(
            max(total_seconds) over (
                partition by ticket_id order by updated_at
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as seconds_added,
    from totals
    where total_seconds is not null

),

assumed as (

    select
        tickets.ticket_id,
        tickets.created_at as worked_at,
        cast(coalesce(by_priority.handle_minutes, fallback.handle_minutes) * 60 as decimal(18, 2)) as seconds_added,
    from tickets
    left join handle_time_assumptions as by_priority on tickets.priority = by_priority.priority
    left join handle_time_assumptions as fallback on fallback.priority = 'unknown'
    where not exists (select 1 from increments) and {{ was_known('tickets.created_at') }}

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
