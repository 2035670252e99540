-- One row per open opportunity: what would change its play, the nearest way first. Up: every gate that keeps the deal from a
-- better play has to open. Down: the gate with the least room left closes. Distances are shares of each number's own scale.
with gates as (

    select * from {{ ref('int_opportunity__gate_week') }}
    where week_index = 0

),

thresholds as (

    select
        threshold_key,
        min(opens) as opens,
        arg_max(from_age_days, valid_from_on) as from_age_days,
    from {{ ref('int_opportunity__play_threshold') }}
    group by threshold_key

),

metrics as (

    select * from {{ ref('play_metric') }}

),

rules as (

    select * from {{ ref('play_rule') }}

),

plays as (

    select * from {{ ref('fct_opportunity_play_week') }}
    where week_index = 0

),

-- a company that can value no deal accelerates none, whatever a deal does
economics as (

    select count(roi_expected_mean) > 0 as has_valued_deals
    from {{ ref('int_opportunity__roi_week') }}
    where week_index = 0

),

-- what a deal comes to when a gate closes
closing_rules as (

    select
        threshold_key,
        arg_min(play, rule_order) as play_when_closed,
        min(rule_order) as rule_order,
    from rules
    where fires_when = 'closed'
    group by threshold_key

),

measured as (

    select
        plays.opportunity_id,
        plays.play,
        closing_rules.play_when_closed,
        closing_rules.rule_order,
        gates.threshold_key,
        gates.metric,
        gates.is_open,
        coalesce(
            gates.is_waived and not {{ passes_limit('gates.smoothed_value', 'thresholds.opens', 'gates.leave_value') }}, false
        ) as is_awaited,
        thresholds.from_age_days,
        thresholds.opens,
        gates.smoothed_value as value,
        case when gates.is_open then gates.leave_value else gates.open_value end as limit_value,
        abs(gates.smoothed_value - limit_value) / case metrics.unit
            when 'score' then 100
            when 'per cent' then 100
            when 'days' then 30
            when 'money' then greatest(abs(gates.smoothed_value), abs(limit_value), 1)
            else 1
        end as distance,
    from plays
    inner join gates on plays.opportunity_id = gates.opportunity_id
    inner join thresholds on gates.threshold_key = thresholds.threshold_key
    inner join metrics on gates.metric = metrics.metric
    inner join closing_rules on gates.threshold_key = closing_rules.threshold_key
    -- out of Park lead the gates of Park alone; what comes after is another question
    where plays.play != 'Park' or closing_rules.play_when_closed = 'Park'

),

-- ROI, the chance of a loss and what an hour gains say one thing in three ways: the first that is closed speaks for them
worded as (

    select
        *,
        is_open
        or metric not in ('roi', 'p_negative', 'value_per_hour')
        or row_number() over (
            partition by opportunity_id, is_open, metric in ('roi', 'p_negative', 'value_per_hour') order by rule_order
        ) = 1 as is_named,
        case
            when metric = 'days_past_close' and not is_open then 'a close date that lies ahead is recorded'
            when is_awaited
                then
                    {{ name_metric('metric') }} || ' is not at ' || {{ format_metric('metric', 'limit_value') }}
                    || ' by the time it is ' || from_age_days || ' days old (now '
                    || {{ format_metric('metric', 'value') }} || ')'
            else
                {{ name_metric('metric') }}
                || case
                    when is_open = (opens = 'at_least') then ' falls '
                    else ' rises '
                end
                || case
                    when not is_open then 'to '
                    when opens = 'at_least' then 'below '
                    else 'above '
                end
                || {{ format_metric('metric', 'limit_value') }} || ' (now ' || {{ format_metric('metric', 'value') }} || ')'
        end as words,
    from measured
    -- a close date that lies ahead is not about to be past
    where is_open is not null and not (metric = 'days_past_close' and value = 0)

),

ways as (

    select
        opportunity_id,
        sum(distance order by rule_order) filter (where not is_open and is_named) as distance_up,
        string_agg(words, ' and ' order by rule_order) filter (where not is_open and is_named) as words_up,
        min(distance) filter (where is_open and (play = 'Accelerate' or play_when_closed = 'Park')) as distance_down,
        arg_min(words, (distance, rule_order)) filter (
            where is_open and (play = 'Accelerate' or play_when_closed = 'Park')
        ) as words_down,
        arg_min(play_when_closed, (distance, rule_order)) filter (
            where is_open and (play = 'Accelerate' or play_when_closed = 'Park')
        ) as play_down,
    from worded
    group by opportunity_id

),

final as (

    select
        plays.opportunity_id,
        case
            when rules.fires_when = 'unknown' then rules.when_known
            when plays.play = 'Park' then 'Leaves Park once ' || ways.words_up
            when plays.play = 'Protect' and not economics.has_valued_deals
                then
                    coalesce('Becomes ' || ways.play_down || ' if ' || ways.words_down || '; n', 'N')
                    || 'ot accelerated while no deal can be valued'
            when plays.play = 'Protect' and coalesce(ways.distance_up <= ways.distance_down, true)
                then 'Becomes Accelerate once ' || ways.words_up
            else 'Becomes ' || ways.play_down || ' if ' || ways.words_down
        end as flip_sentence,
    from plays
    inner join rules on plays.rule_id = rules.rule_id
    cross join economics
    left join ways on plays.opportunity_id = ways.opportunity_id

)

select * from final
