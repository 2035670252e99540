-- One row per open opportunity and gate of the play policy: this week's number, its running average, the values at which the
-- gate opens and closes, and whether it is open. Not additive. Null = not known.
with gates as (

    select * from {{ ref('int_opportunity__gate_week') }}
    where week_index = 0

),

opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

thresholds as (

    select distinct
        threshold_key,
        opens,
    from {{ ref('play_threshold') }}

),

rules as (

    select
        threshold_key,
        min(rule_order) as first_rule_order,
        arg_min(play, rule_order) filter (where fires_when = 'closed') as play_when_closed,
    from {{ ref('play_rule') }}
    group by threshold_key

),

final as (

    select
        gates.opportunity_id,
        gates.threshold_key,
        gates.metric,
        {{ name_metric('gates.metric') }} as gate_label,
        -- in the order in which rules ask; a gate that no rule asks about comes last
        cast(coalesce(rules.first_rule_order, 1000) as integer) as gate_order,
        rules.play_when_closed,
        gates.raw_value,
        gates.smoothed_value,
        gates.open_value,
        gates.leave_value,
        thresholds.opens = 'at_most' as is_upper_limit,
        gates.is_open,
        gates.has_hard_event,
    from gates
    inner join opportunities on gates.opportunity_id = opportunities.opportunity_id
    inner join thresholds on gates.threshold_key = thresholds.threshold_key
    left join rules on gates.threshold_key = rules.threshold_key

)

select * from final
