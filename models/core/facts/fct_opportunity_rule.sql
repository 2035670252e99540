-- One row per open opportunity: this week's row of fct_opportunity_play_week in words. The rule that decided with its number
-- and its threshold, what to do when no card says more, and what would change the play.
with plays as (

    select * from {{ ref('fct_opportunity_play_week') }}
    where week_index = 0

),

rules as (

    select * from {{ ref('play_rule') }}

),

metrics as (

    select * from {{ ref('play_metric') }}

),

hard_events as (

    select * from {{ ref('hard_event') }}

),

flips as (

    select * from {{ ref('int_opportunity__play_flip') }}

),

worded as (

    select
        plays.opportunity_id,
        plays.rule_id,
        plays.play,
        plays.deciding_metric,
        plays.threshold_key,
        plays.deciding_value,
        plays.deciding_raw_value,
        plays.deciding_threshold,
        plays.hard_event_key,
        rules.sentence,
        rules.next_action,
        hard_events.phrase,
        metrics.smoothing_weight < 1 and plays.deciding_value is not null as is_averaged,
        -- a difference that nobody would act on is not worth the words
        abs(plays.deciding_raw_value - plays.deciding_value) >= case metrics.unit
            when 'score' then 1
            when 'money' then 0.1 * abs(plays.deciding_value)
            else 0.02
        end as is_other_this_week,
        {{ format_metric('plays.deciding_metric', 'plays.deciding_value') }} as value_text,
        {{ format_metric('plays.deciding_metric', 'plays.deciding_raw_value') }} as raw_value_text,
        {{ format_metric('plays.deciding_metric', 'plays.deciding_threshold') }} as threshold_text,
    from plays
    inner join rules on plays.rule_id = rules.rule_id
    inner join metrics on plays.deciding_metric = metrics.metric
    left join hard_events on plays.hard_event_key = hard_events.event_key

),

final as (

    select
        worded.opportunity_id,
        worded.rule_id,
        worded.play,
        worded.deciding_metric,
        worded.threshold_key,
        worded.deciding_value,
        worded.deciding_raw_value,
        worded.deciding_threshold,
        worded.hard_event_key,
        replace(replace(worded.sentence, '{value}', worded.value_text), '{threshold}', worded.threshold_text)
        || case
            when worded.is_averaged and worded.phrase is not null then ' (judged at once: ' || worded.phrase || ')'
            when worded.is_averaged and worded.is_other_this_week
                then ' (over some weeks; this week ' || worded.raw_value_text || ')'
            else ''
        end as rule_sentence,
        worded.next_action,
        flips.flip_sentence,
    from worded
    inner join flips on worded.opportunity_id = flips.opportunity_id

)

select * from final
