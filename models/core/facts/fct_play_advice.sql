-- One row per opportunity and decision week in which it was open: the play and the hours advised for it, who was advised, and
-- what the seller answered. Weeks that were issued are told as issued. Others are what this version would have said with what
-- was known then, so that sellers' weeks before the first issue can be set beside those after it.
with issued as (

    select * from {{ ref('stg_ledger__issued_play') }}
    where is_latest

),

issued_weeks as (

    select * from {{ ref('stg_ledger__issued_week') }}
    where is_latest

),

first_issue as (

    select min(decision_week_on) as first_issued_on
    from issued_weeks

),

play_weeks as (

    select * from {{ ref('fct_opportunity_play_week') }}

),

snapshots as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

allocations as (

    select * from {{ ref('fct_play_allocation') }}

),

efforts as (

    select * from {{ ref('play_effort') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

default_capacity as (

    select cast(value as decimal(9, 2)) as weekly_capacity_hours
    from {{ ref('assumption') }}
    where assumption_key = 'default_weekly_capacity_hours'

),

replies as (

    select * from {{ ref('int_opportunity__play_response') }}
    where reply_status = 'counts'

),

-- past advice is for the first Monday on or after the day it is made from: that of a Friday must not know the work of the
-- week it is set beside. This week's list is what it is
dated as (

    select
        *,
        {{ get_week_start(as_of_date()) }} as current_week_on,
        case
            when week_index = 0 then {{ get_week_start('snapshot_on') }}
            else {{ get_week_start('snapshot_on + 6') }}
        end as advised_week_on,
    from snapshots

),

weeks as (

    select * from dated
    where week_index = 0 or advised_week_on < current_week_on

),

-- a week that was issued is not worked out again
worked_out as (

    select
        play_weeks.opportunity_id,
        weeks.advised_week_on as decision_week_on,
        play_weeks.week_index,
        coalesce(play_weeks.owner_user_id, 'none') as owner_user_id,
        play_weeks.play,
        play_weeks.rule_id,
        play_weeks.value_per_hour,
        play_weeks.motion,
        cast(coalesce(allocations.suggested_hours, efforts.suggested_hours) as decimal(9, 2)) as suggested_hours,
        allocations.allocated_hours,
        allocations.is_above_line as is_above_line_now,
        coalesce(allocations.is_randomised, false) as is_randomised,
        allocations.propensity,
        case
            when coalesce(play_weeks.owner_user_id, 'none') = 'none' then 0
            else coalesce(sellers.weekly_capacity_hours, default_capacity.weekly_capacity_hours)
        end as capacity_hours,
    from play_weeks
    inner join weeks
        on play_weeks.opportunity_id = weeks.opportunity_id and play_weeks.week_index = weeks.week_index
    cross join default_capacity
    left join issued_weeks on weeks.advised_week_on = issued_weeks.decision_week_on
    left join efforts
        on
            play_weeks.play = efforts.play
            and efforts.stage_band = {{ stage_band('weeks.stage_position') }}
    left join allocations
        on play_weeks.opportunity_id = allocations.opportunity_id and play_weeks.week_index = 0
    left join sellers on play_weeks.owner_user_id = sellers.user_id
    where issued_weeks.decision_week_on is null

),

-- in past weeks nobody solved for the seller's hours; by value per hour until they are used up comes within a deal of it
accumulated as (

    select
        *,
        sum(suggested_hours) over (
            partition by owner_user_id, decision_week_on
            order by
                case when play = 'Park' then 1 else 0 end asc,
                value_per_hour desc nulls last,
                motion desc nulls last,
                opportunity_id asc
            rows between unbounded preceding and current row
        ) as cumulative_hours,
    from worked_out

),

unioned as (

    select
        opportunity_id,
        decision_week_on,
        'issued' as advice_basis,
        owner_user_id,
        play,
        rule_id,
        suggested_hours,
        allocated_hours,
        is_above_line,
        coalesce(is_randomised, false) as is_randomised,
        propensity,
    from issued

    union all

    select
        opportunity_id,
        decision_week_on,
        'recomputed' as advice_basis,
        owner_user_id,
        play,
        rule_id,
        suggested_hours,
        coalesce(allocated_hours, suggested_hours) as allocated_hours,
        coalesce(is_above_line_now, play != 'Park' and cumulative_hours <= capacity_hours) as is_above_line,
        is_randomised,
        propensity,
    from accumulated

),

final as (

    select
        unioned.opportunity_id,
        unioned.decision_week_on,
        unioned.advice_basis,
        coalesce(unioned.decision_week_on < first_issue.first_issued_on, true) as is_before_first_issue,
        unioned.decision_week_on = {{ get_week_start(as_of_date()) }} as is_current_week,
        unioned.owner_user_id,
        unioned.play,
        unioned.rule_id,
        cast(unioned.suggested_hours as decimal(9, 2)) as suggested_hours,
        unioned.is_above_line,
        -- an hour by lot is as long as its slot, whatever the play would have asked for
        cast(case when unioned.is_above_line then unioned.allocated_hours else 0 end as decimal(9, 2)) as hours_advised,
        unioned.is_randomised,
        unioned.propensity,
        replies.response,
        replies.reason_code,
        replies.replied_at,
    from unioned
    cross join first_issue
    left join replies
        on
            unioned.opportunity_id = replies.opportunity_id
            and unioned.decision_week_on = replies.decision_week_on

)

select * from final
