-- One row per contradiction in the rules, events, hours and cards of the play policy: the seed, the row and what is wrong
-- with it. Empty when the policy holds together; int_opportunity__play_threshold stops the build otherwise. Whether the
-- rules are wise is not asked.
with rules as (

    select * from {{ ref('play_rule') }}

),

thresholds as (

    select
        threshold_key,
        min(metric) as metric,
    from {{ ref('play_threshold') }}
    group by threshold_key

),

efforts as (

    select * from {{ ref('play_effort') }}

),

cards as (

    select * from {{ ref('play_action') }}

),

events as (

    select * from {{ ref('hard_event') }}

),

components as (

    select * from {{ ref('score_component') }}

),

plays as (

    select unnest(['Accelerate', 'Protect', 'Park']) as play

),

stage_bands as (

    select unnest(['early', 'middle', 'late']) as stage_band

),

known_events as (

    {%- for event_key in list_deal_changes().keys() | list + ['deal_desk_granted', 'deal_desk_refused'] %}
        select '{{ event_key }}' as event_key
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rule_problems as (

    select distinct
        'play_rule' as seed_name,
        coalesce(rules.rule_id, 'without a name') as row_name,
        unnest(list_filter([
            case when count(*) over (partition by rules.rule_id) > 1 then 'the rule stands there twice' end,
            case when rules.rule_order is null then 'it has no rule_order' end,
            case
                when count(*) over (partition by rules.rule_order) > 1
                    then 'another rule has the same rule_order ' || rules.rule_order
            end,
            case when plays.play is null then 'its play must be Accelerate, Protect or Park' end,
            case
                when not coalesce(rules.fires_when in ('closed', 'unknown', 'always'), false)
                    then 'fires_when must be closed, unknown or always'
            end,
            case
                when not coalesce(rules.where_economics in ('known', 'none', 'any'), false)
                    then 'where_economics must be known, none or any'
            end,
            case
                when thresholds.threshold_key is null
                    then 'its gate ' || coalesce(rules.threshold_key, '(none stated)') || ' is no row of play_threshold'
                when thresholds.metric is distinct from rules.metric
                    then 'its metric must be that of its gate, ' || coalesce(thresholds.metric, '(none stated)')
            end,
            case
                when
                    rules.fires_when = 'always'
                    and (rules.rule_order < max(rules.rule_order) over () or rules.where_economics != 'any')
                    then 'a rule that always fires must be the last and hold for any company'
            end,
            case when rules.sentence is null or rules.next_action is null then 'sentence and next_action must be stated' end,
            case
                when (rules.fires_when = 'unknown') != (rules.when_known is not null)
                    then 'when_known must be stated for a rule that fires on an unknown number, and for no other'
            end,
        ], lambda problem: problem is not null)) as problem,
    from rules
    left join plays on rules.play = plays.play
    left join thresholds on rules.threshold_key = thresholds.threshold_key

),

last_rules as (

    select count(*) as n_rules from rules
    where fires_when = 'always'

),

gap_problems as (

    select
        'play_rule' as seed_name,
        'of the last rule' as row_name,
        'no rule always fires: a deal that none catches would have no play' as problem,
    from last_rules
    where n_rules = 0

),

play_problems as (

    select
        'play_rule' as seed_name,
        play as row_name,
        'no rule leads to this play' as problem,
    from plays
    where play not in (select coalesce(rules.play, '') from rules)

),

effort_problems as (

    select
        'play_effort' as seed_name,
        coalesce(plays.play, efforts.play, 'without a play') || ', '
        || coalesce(stage_bands.stage_band, efforts.stage_band, 'no band') as row_name,
        case
            when efforts.play is null then 'no hours are stated for this part of the stages'
            when stage_bands.stage_band is null then 'there is no such play or part of the stages (early, middle, late)'
            when count(*) > 1 then 'hours are stated twice'
            else 'hours must be stated and not be below zero'
        end as problem,
    from plays
    cross join stage_bands
    full join efforts on plays.play = efforts.play and stage_bands.stage_band = efforts.stage_band
    group by plays.play, stage_bands.stage_band, efforts.play, efforts.stage_band
    having count(efforts.play) != 1 or stage_bands.stage_band is null or not coalesce(min(efforts.suggested_hours) >= 0, false)

),

card_problems as (

    select distinct
        'play_action' as seed_name,
        coalesce(rule_id, 'without a rule') as row_name,
        'there is no rule of this name' as problem,
    from cards
    -- cards of drawn_hour and spare_hour are for deals that got hours by lot or left over, whatever rule decided their play
    where
        rule_id is null
        or rule_id not in ('drawn_hour', 'spare_hour') and rule_id not in (select coalesce(rules.rule_id, '') from rules)

),

event_problems as (

    select
        'hard_event' as seed_name,
        coalesce(event_key, 'without a name') as row_name,
        case
            when count(*) > 1 then 'the event stands there twice'
            when event_key is null or event_key not in (select known_events.event_key from known_events)
                then 'nothing looks for an event of this name'
            else 'limit_value must be stated and be above zero'
        end as problem,
    from events
    group by event_key
    having
        count(*) > 1
        or event_key is null
        or event_key not in (select known_events.event_key from known_events)
        or (event_key in ('amount_changed', 'close_date_moved') and not coalesce(min(limit_value) > 0, false))

),

component_problems as (

    select
        'score_component' as seed_name,
        dimension || ', ' || component as row_name,
        case
            when count(*) > 1 then 'the component stands there twice'
            when not coalesce(min(weight) > 0, false) then 'its weight must be above zero'
            else 'it has one anchor for 0 and 100'
        end as problem,
    from components
    group by dimension, component
    having count(*) > 1 or not coalesce(min(weight) > 0, false) or bool_or(value_at_0 = value_at_100)

),

final as (

    select * from rule_problems
    union all
    select * from gap_problems
    union all
    select * from play_problems
    union all
    select * from effort_problems
    union all
    select * from card_problems
    union all
    select * from event_problems
    union all
    select * from component_problems

)

select * from final
