-- One row per opportunity and week counted back from the as-of day (0 = the seven days that end with it) at whose end it
-- was open. Everything in it was known at the end of that week's last day: the same features train the win model and
-- score today.
with states as (

    select * from {{ ref('int_opportunity__state') }}

),

events as (

    select * from {{ ref('int_opportunity__event') }}

),

activity_weeks as (

    select * from {{ ref('int_opportunity__activity_week') }}

),

contact_weeks as (

    select * from {{ ref('int_opportunity__contact_week') }}

),

stakeholders as (

    select * from {{ ref('int_opportunity__stakeholder') }}

),

owner_changes as (

    select * from {{ ref('int_opportunity__owner_change') }}

),

coverage as (

    select * from {{ ref('int_opportunity__coverage') }}

),

week_indexes as (

    select cast(range as integer) as week_index
    from range(0, 260)

),

spine as (

    select
        states.opportunity_id,
        week_indexes.week_index,
        cast({{ as_of_date() }} - week_indexes.week_index * 7 as date) as snapshot_on,
        cast({{ as_of_date() }} - week_indexes.week_index * 7 + 1 as timestamp) as snapshot_end_at,
        states.created_at,
    from states
    inner join week_indexes
        on
            week_indexes.week_index <= {{ days_between('states.created_at', as_of_date()) }} // 7
            and cast({{ as_of_date() }} - week_indexes.week_index * 7 + 1 as timestamp)
            <= coalesce(states.closed_at, timestamp '9999-12-31')

),

stakeholder_counts as (

    select
        spine.opportunity_id,
        spine.week_index,
        count(*) as stakeholder_count,
    from spine
    inner join stakeholders
        on
            spine.opportunity_id = stakeholders.opportunity_id
            and spine.snapshot_end_at > stakeholders.joined_at
            and spine.snapshot_end_at <= stakeholders.left_at
    group by spine.opportunity_id, spine.week_index

),

owner_counts as (

    select
        spine.opportunity_id,
        spine.week_index,
        count(*) as owner_changes,
    from spine
    inner join owner_changes
        on spine.opportunity_id = owner_changes.opportunity_id and spine.snapshot_end_at > owner_changes.changed_at
    group by spine.opportunity_id, spine.week_index

),

joined as (

    select
        spine.opportunity_id,
        spine.week_index,
        spine.snapshot_on,
        events.stage_name,
        coalesce(events.is_closed, false) as is_closed,
        stages.stage_position,
        {{ days_between('events.stage_entered_at', 'spine.snapshot_on') }} as stage_age_days,
        {{ days_between('spine.created_at', 'spine.snapshot_on') }} as deal_age_days,
        events.amount,
        events.close_on,
        -- counts of a history that began later than the deal are those since then, and no feature
        case when events.is_complete then events.push_count end as push_count,
        case when events.is_complete then events.pushed_days end as pushed_days,
        case when events.is_complete then events.slippage_days end as slippage_days,
        case when events.is_complete then events.forward_moves end as forward_moves,
        events.forward_moves as recorded_moves,
        case
            when events.close_on is not null then greatest({{ days_between('events.close_on', 'spine.snapshot_on') }}, 0)
        end as days_past_close_date,
        case when coverage.has_owner_tracking then coalesce(owner_counts.owner_changes, 0) end as owner_changes,
        case when coverage.has_activities then coalesce(activity_weeks.active_days, 0) end as active_days,
        case when coverage.has_activity_contacts then coalesce(contact_weeks.contacts_28d, 0) end as contacts_28d,
        case when coverage.has_stakeholders then coalesce(stakeholder_counts.stakeholder_count, 0) end as stakeholder_count,
    from spine
    cross join coverage
    left join events
        on
            spine.opportunity_id = events.opportunity_id
            and spine.snapshot_end_at > events.changed_at
            and spine.snapshot_end_at <= events.valid_until_at
    left join {{ ref('int_opportunity__stage') }} as stages on events.stage_name = stages.stage_name
    left join activity_weeks
        on spine.opportunity_id = activity_weeks.opportunity_id and spine.week_index = activity_weeks.week_index
    left join contact_weeks
        on spine.opportunity_id = contact_weeks.opportunity_id and spine.week_index = contact_weeks.week_index
    left join stakeholder_counts
        on
            spine.opportunity_id = stakeholder_counts.opportunity_id
            and spine.week_index = stakeholder_counts.week_index
    left join owner_counts
        on spine.opportunity_id = owner_counts.opportunity_id and spine.week_index = owner_counts.week_index

),

windowed as (

    select
        *,
        -- the spine runs backwards, so "preceding" weeks in time are the higher indexes
        sum(active_days) over recent as active_days_28d,
        case when active_days is not null then count(*) filter (where active_days > 0) over recent end as active_weeks_28d,
        case
            when active_days is not null
                then coalesce(
                    sum(active_days) over (
                        partition by opportunity_id order by week_index desc rows between 11 preceding and 4 preceding
                    ), 0
                )
        end as active_days_prior_56d,
        least(
            greatest(count(*) over (partition by opportunity_id order by week_index desc) - 4, 0), 8
        ) as prior_weeks,
        -- a deal younger than four weeks had made no move before; a history younger than that cannot tell
        recorded_moves - case
            when row_number() over (partition by opportunity_id order by week_index desc) > 4
                then lag(recorded_moves, 4) over (partition by opportunity_id order by week_index desc)
            when forward_moves is not null then 0
        end as stage_moves_28d,
    from joined
    window recent as (partition by opportunity_id order by week_index desc rows between 3 preceding and current row)

),

final as (

    select * exclude (is_closed, recorded_moves)
    from windowed
    -- a deal that was lost and taken up again was not open in between
    where not is_closed

)

select * from final
