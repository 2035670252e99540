-- One row per opportunity, person who did the work and Monday week: selling time that was done and recorded by the as-of day.
-- A week is that of the day on which the work was done, not of the day on which it was written down.
with activities as (

    select * from {{ ref('int_opportunity__activity') }}

),

-- some calendars write one meeting once per guest and do not mark the copies
numbered as (

    select
        *,
        row_number() over (
            partition by activity_kind, opportunity_id, owner_user_id, started_at, ended_at order by activity_id
        ) as copy_number,
    from activities
    where activity_kind = 'meeting' and started_at is not null and ended_at is not null

),

counted as (

    select activities.*
    from activities
    left join numbered on activities.activity_id = numbered.activity_id
    where coalesce(numbered.copy_number, 1) = 1

),

final as (

    select
        opportunity_id,
        coalesce(owner_user_id, 'none') as owner_user_id,
        {{ get_week_start('activity_on') }} as decision_week_on,
        cast(sum(cast(minutes / 60 as decimal(18, 4))) as decimal(18, 4)) as hours,
        cast(coalesce(sum(cast(minutes / 60 as decimal(18, 4))) filter (where is_length_assumed), 0) as decimal(18, 4))
            as hours_assumed,
        count(*) as n_activities,
        count(*) filter (where activity_kind = 'meeting') as n_meetings,
    from counted
    group by opportunity_id, coalesce(owner_user_id, 'none'), {{ get_week_start('activity_on') }}

)

select * from final
