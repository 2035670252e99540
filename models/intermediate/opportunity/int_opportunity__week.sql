-- One row per opportunity and week counted back from the as-of day (0 = the seven days that end with it) on which it
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

contact_roles as (

    select * from {{ ref('stg_salesforce__opportunity_contact_role') }}
    where not is_deleted and {{ was_known('created_at') }}

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

stakeholders as (

    select
        spine.opportunity_id,
        spine.week_index,
        count(distinct contact_roles.contact_id) as stakeholder_count,
    from spine
    inner join contact_roles
        on spine.opportunity_id = contact_roles.opportunity_id and spine.snapshot_end_at > contact_roles.created_at
    group by spine.opportunity_id, spine.week_index

),

joined as (

    select
        spine.opportunity_id,
        spine.week_index,
        spine.snapshot_on,
        events.stage_name,
        stages.stage_position,
        {{ days_between('events.stage_entered_at', 'spine.snapshot_on') }} as stage_age_days,
        {{ days_between('spine.created_at', 'spine.snapshot_on') }} as deal_age_days,
        events.amount,
        events.close_on,
        coalesce(events.push_count, 0) as push_count,
        coalesce(events.forward_moves, 0) as forward_moves,
        case
            when events.close_on is not null then greatest({{ days_between('events.close_on', 'spine.snapshot_on') }}, 0)
        end as days_past_close_date,
        coalesce(activity_weeks.active_days, 0) as active_days,
        coalesce(contact_weeks.contacts_28d, 0) as contacts_28d,
        coalesce(stakeholders.stakeholder_count, 0) as stakeholder_count,
    from spine
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
    left join stakeholders
        on spine.opportunity_id = stakeholders.opportunity_id and spine.week_index = stakeholders.week_index

),

final as (

    select
        *,
        -- the spine runs backwards, so "preceding" weeks in time are the higher indexes
        sum(active_days) over (
            partition by opportunity_id order by week_index desc rows between 3 preceding and current row
        ) as active_days_28d,
        count(*) filter (where active_days > 0) over (
            partition by opportunity_id order by week_index desc rows between 3 preceding and current row
        ) as active_weeks_28d,
        coalesce(
            sum(active_days) over (
                partition by opportunity_id order by week_index desc rows between 11 preceding and 4 preceding
            ), 0
        ) as active_days_prior_56d,
        least(
            greatest(count(*) over (partition by opportunity_id order by week_index desc) - 4, 0), 8
        ) as prior_weeks,
        forward_moves - coalesce(
            lag(forward_moves, 4) over (partition by opportunity_id order by week_index desc), 0
        ) as stage_moves_28d,
    from joined

)

select * from final
