-- One row per piece of selling work on an opportunity that had happened and was recorded by the as-of day: a task done
-- or a meeting held. Invitations that only repeat a group meeting are left out.
with tasks as (

    select * from {{ ref('stg_salesforce__task') }}
    where not is_deleted

),

meetings as (

    select * from {{ ref('stg_salesforce__event') }}
    where not is_deleted and not coalesce(is_child, false)

),

tasks_done as (

    select
        task_id as activity_id,
        'task' as activity_kind,
        what_id,
        who_id,
        owner_user_id,
        created_at as recorded_at,
        -- logging time and due date both drift; the earliest of what is stated is nearest to the work
        least(
            coalesce(cast(completed_at as date), cast(created_at as date)),
            coalesce(activity_on, cast(created_at as date)),
            cast(created_at as date)
        ) as activity_on,
        cast(coalesce(call_seconds, 600) as decimal(18, 2)) / 60 as minutes,
    from tasks
    where
        (completed_at is not null and {{ was_known('completed_at') }})
        or (completed_at is null and lower(task_status) in ('completed', 'done', 'closed'))

),

meetings_held as (

    select
        event_id as activity_id,
        'meeting' as activity_kind,
        what_id,
        who_id,
        owner_user_id,
        created_at as recorded_at,
        coalesce(cast(started_at as date), activity_on, cast(created_at as date)) as activity_on,
        cast(coalesce(greatest(date_diff('minute', started_at, ended_at), 0), 30) as decimal(18, 2)) as minutes,
    from meetings

),

unioned as (

    select * from tasks_done
    union all
    select * from meetings_held

),

final as (

    select
        activity_id,
        activity_kind,
        what_id as opportunity_id,
        case when who_id like '003%' then who_id end as contact_id,
        owner_user_id,
        activity_on,
        cast(minutes as decimal(18, 2)) as minutes,
        {{ days_between('activity_on', as_of_date()) }} // 7 as week_index,
    from unioned
    where
        what_id like '006%'
        and {{ was_known('recorded_at') }}
        and activity_on <= {{ as_of_date() }}

)

select * from final
