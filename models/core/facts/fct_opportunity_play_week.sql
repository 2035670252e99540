-- One row per opportunity and decision week at whose end it was open: the play, the rule and gate that decided it, and the
-- play that this week's numbers alone would have given. The first rule in the order of `play_rule` whose gate is closed
-- (or whose number is unknown, as the rule says) decides. Each week is decided from what was recorded by its end, with the
-- thresholds of then and the rules of today. Win and life models are those fitted today: they know the outcomes of deals
-- closed since, so past plays look better than they would have been.
with weeks as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

gates as (

    select * from {{ ref('int_opportunity__gate_week') }}

),

rules as (

    select * from {{ ref('play_rule') }}

),

thresholds as (

    select
        threshold_key,
        min(opens) as opens,
    from {{ ref('int_opportunity__play_threshold') }}
    group by threshold_key

),

scores as (

    select * from {{ ref('int_opportunity__score_week') }}

),

roi as (

    select * from {{ ref('int_opportunity__roi_week') }}

),

hard_events as (

    select
        events.opportunity_id,
        events.week_index,
        arg_min(events.event_key, event_policy.event_order) as hard_event_key,
    from {{ ref('int_opportunity__hard_event') }} as events
    inner join {{ ref('hard_event') }} as event_policy on events.event_key = event_policy.event_key
    group by events.opportunity_id, events.week_index

),

-- where no deal at all could be valued, what lacks is the company's and not this deal's
economics as (

    select
        week_index,
        case when count(roi_expected_mean) > 0 then 'known' else 'none' end as company_economics,
    from roi
    group by week_index

),

last_rule as (

    select rule_order from rules
    where fires_when = 'always'

),

caught as (

    select
        gates.opportunity_id,
        gates.week_index,
        min(rules.rule_order) filter (
            where case when rules.fires_when = 'closed' then not gates.is_open else gates.smoothed_value is null end
        ) as rule_order,
        min(rules.rule_order) filter (
            where case when rules.fires_when = 'closed' then not gates.is_open_raw else gates.raw_value is null end
        ) as raw_rule_order,
    from gates
    inner join rules
        on gates.threshold_key = rules.threshold_key and rules.fires_when in ('closed', 'unknown')
    left join economics on gates.week_index = economics.week_index
    where
        (gates.is_open is distinct from true or gates.is_open_raw is distinct from true)
        and rules.where_economics in ('any', coalesce(economics.company_economics, 'none'))
    group by gates.opportunity_id, gates.week_index

),

decided as (

    select
        weeks.*,
        coalesce(caught.rule_order, last_rule.rule_order) as rule_order,
        coalesce(caught.raw_rule_order, last_rule.rule_order) as raw_rule_order,
    from weeks
    cross join last_rule
    left join caught on weeks.opportunity_id = caught.opportunity_id and weeks.week_index = caught.week_index

),

final as (

    select
        decided.opportunity_id,
        decided.week_index,
        decided.decision_week_on,
        decided.owner_user_id,
        decided.segment_id,
        rules.rule_id,
        rules.play,
        raw_rules.rule_id as raw_rule_id,
        raw_rules.play as raw_play,
        rules.metric as deciding_metric,
        gates.smoothed_value as deciding_value,
        gates.raw_value as deciding_raw_value,
        rules.threshold_key,
        -- a gate that is open between its limits is held against the one at which it would close
        case
            when gates.is_open and not {{ passes_limit('gates.smoothed_value', 'thresholds.opens', 'gates.open_value') }}
                then gates.leave_value
            else gates.open_value
        end as deciding_threshold,
        hard_events.hard_event_key,
        scores.motion,
        scores.risk,
        scores.profitability,
        decided.arr_amount,
        decided.win_probability,
        roi.roi_expected_mean,
        roi.value_per_hour,
    from decided
    inner join rules on decided.rule_order = rules.rule_order
    inner join rules as raw_rules on decided.raw_rule_order = raw_rules.rule_order
    left join gates
        on
            decided.opportunity_id = gates.opportunity_id
            and decided.week_index = gates.week_index
            and rules.threshold_key = gates.threshold_key
    left join thresholds on rules.threshold_key = thresholds.threshold_key
    left join hard_events
        on decided.opportunity_id = hard_events.opportunity_id and decided.week_index = hard_events.week_index
    left join scores on decided.opportunity_id = scores.opportunity_id and decided.week_index = scores.week_index
    left join roi on decided.opportunity_id = roi.opportunity_id and decided.week_index = roi.week_index

)

select * from final
