-- One row per piece of selling work on an opportunity that had happened and was recorded by the as-of day: a task done
-- or a meeting held. Invitations that only repeat a group meeting are left out. `known_at` is when the CRM knew it; features
-- of a past week count what was known by the end of that week.
with assumptions as (

    select
        max(value) filter (where assumption_key = 'task_minutes') as task_minutes,
        max(value) filter (where assumption_key = 'meeting_minutes') as meeting_minutes,
        max(value) filter (where assumption_key = 'activity_minutes_most') as most_minutes,
    from {{ ref('assumption') }}

),

tasks as (

    select * from {{ ref('stg_salesforce__task') }}
    where not is_deleted and {{ was_loaded('synced_at') }}

),

meetings as (

    select * from {{ ref('stg_salesforce__event') }}
    where not is_deleted and not coalesce(is_child, false) and {{ was_loaded('synced_at') }}

),

tasks_done as (

    select
        task_id as activity_id,
        'task' as activity_kind,
        what_id,
        who_id,
        owner_user_id,
        case
            -- written down after the fact
            when activity_on < cast(created_at as date) then activity_on
            -- planned, then done; without a time of completion the day it was due stands for it
            else cast(coalesce(completed_at, cast(activity_on as timestamp), created_at) as date)
        end as activity_on,
        greatest(created_at, completed_at) as recorded_at,
        cast(null as timestamp) as started_at,
        cast(null as timestamp) as ended_at,
        case when call_seconds >= 0 then cast(call_seconds as decimal(18, 2)) / 60 end as stated_minutes,
    from tasks
    where
        completed_at is not null
        or lower(task_status) in ('completed', 'done', 'closed')

),

meetings_held as (

    select
        event_id as activity_id,
        'meeting' as activity_kind,
        what_id,
        who_id,
        owner_user_id,
        coalesce(cast(started_at as date), activity_on, cast(created_at as date)) as activity_on,
        greatest(created_at, started_at) as recorded_at,
        started_at,
        ended_at,
        -- a meeting that ends as it begins, or before, does not say how long it was
        case when ended_at > started_at then cast(date_diff('minute', started_at, ended_at) as decimal(18, 2)) end
            as stated_minutes,
    from meetings

),

unioned as (

    select * from tasks_done
    union all
    select * from meetings_held

),

dated as (

    select
        *,
        greatest(recorded_at, cast(activity_on as timestamp)) as known_at,
    from unioned
    where what_id like '006%'

),

final as (

    select
        activity_id,
        activity_kind,
        what_id as opportunity_id,
        case when who_id like '003%' then who_id end as contact_id,
        owner_user_id,
        activity_on,
        known_at,
        started_at,
        ended_at,
        -- a day kept free in the calendar is not a day of selling
        cast(
            least(
                coalesce(
                    stated_minutes,
                    case activity_kind when 'task' then assumptions.task_minutes else assumptions.meeting_minutes end
                ), assumptions.most_minutes
            ) as decimal(18, 2)
        ) as minutes,
        stated_minutes is null as is_length_assumed,
        {{ days_between('known_at', as_of_date()) }} // 7 as week_index,
    from dated
    cross join assumptions
    where {{ was_known('known_at') }}

)

select * from final
