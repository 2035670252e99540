-- One row per open opportunity and decision week: three scores, the play, the rule and threshold that decided it, what
-- would flip it, what changed since last week and the hours it gets. Hours may be summed; scores, probabilities and the
-- price of an hour may not.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

scores as (

    select * from {{ ref('fct_opportunity_score') }}

),

roi as (

    select * from {{ ref('mart_opportunity_roi') }}

),

play_weeks as (

    select * from {{ ref('fct_opportunity_play_week') }}
    where week_index = 0

),

rules as (

    select * from {{ ref('fct_opportunity_rule') }}

),

actions as (

    select * from {{ ref('fct_opportunity_action') }}

),

drivers as (

    select * from {{ ref('fct_opportunity_driver') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

allocations as (

    select * from {{ ref('fct_play_allocation') }}

),

last_weeks as (

    select * from {{ ref('fct_opportunity_last_week') }}

),

wide_scores as (

    select
        opportunity_id,
        max(score) filter (where dimension = 'motion') as motion_score,
        max(score_change) filter (where dimension = 'motion') as motion_change,
        max(evidence) filter (where dimension = 'motion') as motion_evidence,
        max(score) filter (where dimension = 'risk') as risk_score,
        max(score_change) filter (where dimension = 'risk') as risk_change,
        max(evidence) filter (where dimension = 'risk') as risk_evidence,
        max(score) filter (where dimension = 'profitability') as profitability_score,
        max(score_change) filter (where dimension = 'profitability') as profitability_change,
        max(evidence) filter (where dimension = 'profitability') as profitability_evidence,
    from scores
    group by opportunity_id

),

final as (

    select
        opportunities.opportunity_id,
        {{ get_week_start(as_of_date()) }} as decision_week_on,
        {{ as_of_date() }} as as_of_date,
        opportunities.opportunity_name,
        opportunities.account_id,
        opportunities.account_name,
        coalesce(opportunities.owner_user_id, 'none') as owner_user_id,
        opportunities.owner_name,
        opportunities.deal_type,
        opportunities.segment_id,
        segments.segment_name,
        opportunities.segment_confidence,
        opportunities.stage_name,
        cast(opportunities.stage_age_days as integer) as stage_age_days,
        opportunities.close_on,
        opportunities.arr_amount,
        wide_scores.motion_score,
        wide_scores.motion_change,
        coalesce(wide_scores.motion_evidence, 0) as motion_evidence,
        wide_scores.risk_score,
        wide_scores.risk_change,
        coalesce(wide_scores.risk_evidence, 0) as risk_evidence,
        wide_scores.profitability_score,
        wide_scores.profitability_change,
        coalesce(wide_scores.profitability_evidence, 0) as profitability_evidence,
        opportunities.win_probability,
        roi.roi_expected_mean,
        roi.roi_expected_p05,
        roi.roi_expected_p95,
        roi.p_expected_roi_negative,
        roi.accelerate_roi_mean,
        roi.p_accelerate_positive,
        rules.play,
        rules.rule_id as deciding_rule,
        rules.rule_sentence as deciding_rule_sentence,
        rules.deciding_metric,
        rules.deciding_value,
        rules.deciding_threshold,
        rules.flip_sentence,
        drivers.driver_up_1,
        drivers.driver_up_2,
        drivers.driver_down_1,
        drivers.driver_down_2,
        actions.next_action,
        allocations.suggested_hours,
        allocations.allocated_hours,
        allocations.is_above_line,
        allocations.line_reason,
        allocations.is_randomised,
        allocations.propensity,
        allocations.shadow_price,
        allocations.capacity_hours,
        last_weeks.last_week_play,
        last_weeks.last_week_basis,
        last_weeks.change_since_last_week,
        last_weeks.change_reason,
        play_weeks.value_per_hour,
        coalesce(roi.economics_status, 'unknown') as economics_status,
        coalesce(roi.is_low_support, true) as is_low_support,
        roi.model_version,
    from opportunities
    inner join rules on opportunities.opportunity_id = rules.opportunity_id
    inner join play_weeks on opportunities.opportunity_id = play_weeks.opportunity_id
    inner join actions on opportunities.opportunity_id = actions.opportunity_id
    inner join allocations on opportunities.opportunity_id = allocations.opportunity_id
    inner join last_weeks on opportunities.opportunity_id = last_weeks.opportunity_id
    left join roi on opportunities.opportunity_id = roi.opportunity_id
    left join wide_scores on opportunities.opportunity_id = wide_scores.opportunity_id
    left join drivers on opportunities.opportunity_id = drivers.opportunity_id
    left join segments on opportunities.segment_id = segments.segment_id

)

select * from final
