-- One row per open opportunity: the first play rule that fires, with the number and the threshold that decided. The order of
-- the rules is the order of the CASE below, which the seed's rule_order repeats for readers; every threshold is a dated row
-- of `play_threshold`, every sentence a row of `play_rule`. Where the company has no economics at all, motion and risk
-- decide as far as they go, and nothing is accelerated.
with gates as (

    select
        *,
        -- no deal at all could be valued: what lacks is the company's, not this deal's
        bool_and(economics_status = 'unknown') over () as has_no_economics,
    from {{ ref('fct_opportunity_gate') }}

),

dated_thresholds as (

    -- money is translated to the reporting currency; without a rate its threshold is unknown and decides nothing
    select
        thresholds.threshold_key,
        arg_max(
            case
                when thresholds.currency is null then thresholds.value
                else thresholds.value * rates.rate_to_reporting
            end, thresholds.valid_from
        ) as value,
    from {{ ref('play_threshold') }} as thresholds
    left join {{ ref('int_revenue__fx_rate_as_of') }} as rates on thresholds.currency = rates.currency
    where thresholds.valid_from <= {{ as_of_date() }}
    group by thresholds.threshold_key

),

thresholds as (

    select
        max(value) filter (where threshold_key = 'motion_active_min') as motion_active_min,
        max(value) filter (where threshold_key = 'motion_high_min') as motion_high_min,
        max(value) filter (where threshold_key = 'risk_manageable_max') as risk_manageable_max,
        max(value) filter (where threshold_key = 'profitability_min') as profitability_min,
        max(value) filter (where threshold_key = 'p_negative_accelerate_max') as p_negative_accelerate_max,
        max(value) filter (where threshold_key = 'p_negative_protect_max') as p_negative_protect_max,
        max(value) filter (where threshold_key = 'p_incremental_min') as p_incremental_min,
        max(value) filter (where threshold_key = 'value_per_hour_min') as value_per_hour_min,
        max(value) filter (where threshold_key = 'segment_confidence_min') as segment_confidence_min,
    from dated_thresholds

),

rules as (

    select * from {{ ref('play_rule') }}

),

ruled as (

    select
        gates.*,
        thresholds.*,
        case
            when gates.motion < thresholds.motion_active_min then 'park_low_motion'
            when gates.roi <= 0 then 'park_negative_roi'
            when gates.p_negative > thresholds.p_negative_protect_max then 'park_likely_loss'
            when gates.value_per_hour < thresholds.value_per_hour_min then 'park_friction'
            when gates.motion is null then 'protect_motion_unknown'
            when gates.economics_status = 'unknown' and not gates.has_no_economics then 'protect_economics_unknown'
            when coalesce(gates.risk, 100) > thresholds.risk_manageable_max then 'protect_risk'
            when gates.profitability is null and not gates.has_no_economics then 'protect_profitability_unknown'
            when gates.profitability < thresholds.profitability_min then 'protect_margin'
            when gates.p_negative > thresholds.p_negative_accelerate_max then 'protect_uncertain_roi'
            when gates.p_incremental < thresholds.p_incremental_min then 'protect_small_gain'
            when gates.motion < thresholds.motion_high_min then 'protect_medium_motion'
            when gates.has_no_economics then 'protect_economics_unknown'
            when coalesce(gates.segment_confidence, 0) < thresholds.segment_confidence_min then 'protect_segment_unsure'
            else 'accelerate'
        end as rule_id,
    from gates
    cross join thresholds

),

decided as (

    select
        ruled.opportunity_id,
        rules.rule_id,
        rules.play,
        rules.metric as deciding_metric,
        rules.threshold_key,
        rules.sentence,
        rules.next_action,
        case rules.metric
            when 'motion' then ruled.motion
            when 'risk' then ruled.risk
            when 'profitability' then ruled.profitability
            when 'roi' then ruled.roi
            when 'p_negative' then ruled.p_negative
            when 'p_incremental' then ruled.p_incremental
            when 'value_per_hour' then cast(ruled.value_per_hour as double)
            when 'segment_confidence' then ruled.segment_confidence
        end as deciding_value,
        case
            when rules.metric = 'roi' then 0
            else cast(dated_thresholds.value as double)
        end as deciding_threshold,
        -- how far each gate is from closing, on the scale of that gate, for deals that passed them all
        ruled.motion - ruled.motion_high_min as motion_slack,
        ruled.risk_manageable_max - ruled.risk as risk_slack,
        ruled.profitability - ruled.profitability_min as profitability_slack,
        ruled.motion,
        ruled.risk,
        ruled.profitability,
        ruled.motion_active_min,
        ruled.motion_high_min,
        ruled.risk_manageable_max,
        ruled.profitability_min,
        ruled.has_no_economics,
    from ruled
    inner join rules on ruled.rule_id = rules.rule_id
    left join dated_thresholds on rules.threshold_key = dated_thresholds.threshold_key

),

final as (

    select
        opportunity_id,
        rule_id,
        play,
        deciding_metric,
        threshold_key,
        deciding_value,
        deciding_threshold,
        replace(
            replace(sentence, '{value}', {{ format_metric('deciding_metric', 'deciding_value') }}),
            '{threshold}', {{ format_metric('deciding_metric', 'deciding_threshold') }}
        ) as rule_sentence,
        next_action,
        case
            when rule_id = 'accelerate' and risk_slack <= least(motion_slack, profitability_slack)
                then
                    'Becomes Protect if risk rises above ' || format('{:.0f}', risk_manageable_max)
                    || ' (now ' || format('{:.0f}', risk) || ')'
            when rule_id = 'accelerate' and profitability_slack <= motion_slack
                then
                    'Becomes Protect if profitability falls below ' || format('{:.0f}', profitability_min)
                    || ' (now ' || format('{:.0f}', profitability) || ')'
            when rule_id = 'accelerate'
                then
                    'Becomes Protect if motion falls below ' || format('{:.0f}', motion_high_min)
                    || ' (now ' || format('{:.0f}', motion) || ')'
            when rule_id = 'protect_motion_unknown' then 'Decided anew once tasks, meetings or stage changes are delivered'
            when rule_id = 'protect_economics_unknown' and has_no_economics
                then 'Decided anew once what makes up a deal''s value is delivered; this build could value no deal'
            when rule_id = 'protect_economics_unknown'
                then 'Decided anew once amount and terms are known'
            when rule_id = 'protect_profitability_unknown'
                then 'Decided anew once discount, payment terms or what such customers cost are known'
            when play = 'Park'
                then
                    'Leaves Park if ' || {{ name_metric('deciding_metric') }}
                    || case when deciding_metric = 'p_negative' then ' falls to ' else ' rises to ' end
                    || {{ format_metric('deciding_metric', 'deciding_threshold') }}
            else
                'Moves towards Accelerate if ' || {{ name_metric('deciding_metric') }}
                || case when deciding_metric in ('risk', 'p_negative') then ' falls to ' else ' rises to ' end
                || {{ format_metric('deciding_metric', 'deciding_threshold') }}
        end as flip_sentence,
    from decided

)

select * from final
