-- One row per decision (a deal at a past point, or in a lot), at most 50,000 in the order of a hash: what was known of the deal
-- at the point and some weeks before, whether it was worked in the weeks after, and whether it was won in time. All that
-- the value of a policy is learned from. Win probability and lifecycle value are the features of then under the models of today.
with points as (

    select * from {{ ref('int_opportunity__decision_point') }}

),

decisions as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

weeks as (

    select * from {{ ref('int_opportunity__week') }}

),

scores as (

    select * from {{ ref('int_opportunity__score_week') }}

),

roi as (

    select * from {{ ref('int_opportunity__roi_week') }}

),

plays as (

    select * from {{ ref('fct_opportunity_play_week') }}

),

effort as (

    select * from {{ ref('int_opportunity__effort_week') }}

),

limits as (

    select
        max(value) filter (where limit_key = 'worked_hours_per_week_min') as worked_hours_per_week_min,
        cast(max(value) filter (where limit_key = 'action_weeks') as integer) as action_weeks,
    from {{ ref('policy_value_limit') }}

),

hours as (

    select
        points.opportunity_id,
        points.week_index,
        points.is_decision_point,
        sum(effort.hours) filter (where effort.decision_week_on >= points.action_from_on) as hours_after,
        sum(effort.hours) filter (
            where effort.decision_week_on < points.action_from_on and effort.decision_week_on >= points.before_from_on
        ) as hours_before,
        sum(effort.hours) filter (where effort.decision_week_on < points.before_from_on) as hours_earlier,
    from points
    cross join limits
    inner join effort
        on
            points.opportunity_id = effort.opportunity_id
            -- twice as long again before the weeks before
            and cast(points.before_from_on - 14 * limits.action_weeks as date) <= effort.decision_week_on
            and points.action_until_on > effort.decision_week_on
    group by points.opportunity_id, points.week_index, points.is_decision_point

),

-- older states of the deal, over as long as the action lasts: what the present does not tell, the action should not know
earlier as (

    select
        points.opportunity_id,
        points.week_index,
        points.is_decision_point,
        {{ average_exactly('decisions.win_logit') }} as win_logit_before,
        {{ average_exactly('decisions.stage_position') }} as stage_position_before,
        {{ average_exactly('scores.motion') }} as motion_before,
        {{ round_ratio('sum(cast(decisions.arr_amount * 100 as hugeint))', 'count(decisions.arr_amount)') }} as arr_before_cents,
    from points
    cross join limits
    inner join decisions
        on
            points.opportunity_id = decisions.opportunity_id
            and points.week_index + limits.action_weeks <= decisions.week_index
            and points.week_index + 3 * limits.action_weeks >= decisions.week_index
    left join scores
        on decisions.opportunity_id = scores.opportunity_id and decisions.week_index = scores.week_index
    group by points.opportunity_id, points.week_index, points.is_decision_point

),

numbered as (

    select
        points.opportunity_id,
        points.week_index,
        coalesce(decisions.account_id, points.opportunity_id) as customer_key,
        {{ bucket_of('coalesce(decisions.account_id, points.opportunity_id)') }} as bucket,
        coalesce(points.slot_owner_user_id, decisions.owner_user_id, 'none') as owner_user_id,
        coalesce(decisions.segment_id, 'unassigned') as segment_id,
        decisions.deal_type,
        coalesce(plays.play, 'unknown') as play,
        points.is_decision_point,
        points.slot_propensity,
        points.is_slot,
        cast(decisions.arr_amount * 100 as bigint) as arr_cents,
        decisions.win_probability,
        decisions.win_logit,
        decisions.stage_position,
        decisions.stage_age_days,
        {{ days_between('points.snapshot_on', 'decisions.close_on') }} as days_to_close,
        scores.motion,
        scores.risk,
        scores.profitability,
        cast(roi.lifecycle_value_mean * 100 as bigint) as lifecycle_value_cents,
        cast(plays.value_per_hour * 100 as bigint) as value_per_hour_cents,
        {{
            round_ratio(
                'sum(cast(roi.roi_expected_mean * 100 as hugeint)) over segments',
                'count(roi.roi_expected_mean) over segments'
            )
        }} as segment_roi_cents,
        cast(coalesce(hours.hours_before, 0) as double) as hours_before,
        -- a deal that was not there yet was not left alone
        case when earlier.opportunity_id is not null then cast(coalesce(hours.hours_earlier, 0) as double) end as hours_earlier,
        earlier.win_logit_before,
        earlier.stage_position_before,
        earlier.motion_before,
        earlier.arr_before_cents,
        weeks.stakeholder_count,
        cast(coalesce(hours.hours_after, 0) as double) as hours_after,
        coalesce(hours.hours_after, 0) >= limits.worked_hours_per_week_min * points.open_weeks as is_worked,
        points.is_won_within,
        row_number() over (
            order by
                md5(points.opportunity_id || points.week_index) asc,
                points.opportunity_id asc,
                points.week_index asc,
                points.is_decision_point asc
        ) as sample_order,
    from points
    cross join limits
    inner join decisions
        on points.opportunity_id = decisions.opportunity_id and points.week_index = decisions.week_index
    left join weeks on points.opportunity_id = weeks.opportunity_id and points.week_index = weeks.week_index
    left join scores on points.opportunity_id = scores.opportunity_id and points.week_index = scores.week_index
    left join roi on points.opportunity_id = roi.opportunity_id and points.week_index = roi.week_index
    left join plays on points.opportunity_id = plays.opportunity_id and points.week_index = plays.week_index
    left join hours
        on
            points.opportunity_id = hours.opportunity_id
            and points.week_index = hours.week_index
            and points.is_decision_point = hours.is_decision_point
    left join earlier
        on
            points.opportunity_id = earlier.opportunity_id
            and points.week_index = earlier.week_index
            and points.is_decision_point = earlier.is_decision_point
    window
        segments as (
            partition by points.week_index, points.is_decision_point, coalesce(decisions.segment_id, 'unassigned')
        )

),

final as (

    select * exclude (sample_order)
    from numbered
    where sample_order <= 50000

)

select * from final
