-- One row per open opportunity: its play of last week and what moved since. Last week is the list as it was issued; where
-- none was issued for that week, its play is worked out anew from what was known then. Not additive.
{%- set this_week_on = get_week_start(as_of_date()) %}
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

play_weeks as (

    select * from {{ ref('fct_opportunity_play_week') }}
    where week_index in (0, 1)

),

metric_weeks as (

    select * from {{ ref('int_opportunity__metric_week') }}
    where week_index in (0, 1)

),

hard_events as (

    select * from {{ ref('hard_event') }}

),

issued as (

    select * from {{ ref('stg_ledger__issued_play') }}
    where is_latest and decision_week_on = {{ this_week_on }} - 7

),

issued_weeks as (

    -- a list may have been issued without any play
    select count(*) > 0 as is_issued
    from {{ ref('stg_ledger__issued_week') }}
    where decision_week_on = {{ this_week_on }} - 7

),

paired as (

    select
        opportunities.opportunity_id,
        opportunities.created_at,
        opportunities.owner_user_id,
        this_week.play,
        this_week.rule_id,
        this_week.hard_event_key,
        case when issued_weeks.is_issued then issued.play else last_week.play end as last_week_play,
        case when issued_weeks.is_issued then issued.rule_id else last_week.rule_id end as last_week_rule_id,
        case
            when issued_weeks.is_issued then nullif(issued.owner_user_id, 'none') else last_week.owner_user_id
        end as last_week_owner_user_id,
        case
            when issued_weeks.is_issued and issued.play is not null then 'issued'
            when not issued_weeks.is_issued and last_week.play is not null then 'recomputed'
        end as last_week_basis,
        coalesce(issued.is_above_line, false) as is_above_line,
        coalesce(issued.is_randomised, false) as is_randomised,
    from opportunities
    inner join play_weeks as this_week
        on opportunities.opportunity_id = this_week.opportunity_id and this_week.week_index = 0
    cross join issued_weeks
    left join issued on opportunities.opportunity_id = issued.opportunity_id
    left join play_weeks as last_week
        on opportunities.opportunity_id = last_week.opportunity_id and last_week.week_index = 1

),

-- a deal that rose had been held by last week's rule; one that fell is held by this week's
compared as (

    select
        *,
        case
            when last_week_play is null then 'new'
            when play = last_week_play then 'same'
            when {{ rank_play('play') }} > {{ rank_play('last_week_play') }} then 'up'
            else 'down'
        end as change_since_last_week,
    from paired

),

explained as (

    select
        compared.*,
        rules.metric,
        this_number.smoothed_value as value_now,
        last_number.smoothed_value as value_before,
        hard_events.phrase as event_phrase,
    from compared
    left join hard_events on compared.hard_event_key = hard_events.event_key
    left join {{ ref('play_rule') }} as rules
        on
            case when compared.change_since_last_week = 'up' then compared.last_week_rule_id else compared.rule_id end
            = rules.rule_id
    left join metric_weeks as this_number
        on
            compared.opportunity_id = this_number.opportunity_id
            and this_number.week_index = 0
            and rules.metric = this_number.metric
    left join metric_weeks as last_number
        on
            compared.opportunity_id = last_number.opportunity_id
            and last_number.week_index = 1
            and rules.metric = last_number.metric

),

worded as (

    select
        *,
        {{ format_metric('metric', 'value_now') }} as now_text,
        {{ format_metric('metric', 'value_before') }} as before_text,
        {{ name_metric('metric') }} as metric_name,
    from explained

),

final as (

    select
        opportunity_id,
        last_week_play,
        last_week_rule_id,
        last_week_basis,
        is_above_line,
        is_randomised,
        change_since_last_week,
        case
            when change_since_last_week = 'new' and created_at >= cast({{ this_week_on }} - 7 as timestamp)
                then 'opened on ' || strftime(created_at, '%-d %b')
            when change_since_last_week = 'new' then 'was on no list last week'
            when last_week_owner_user_id is not null and owner_user_id is null
                then 'has no owner any more; was ' || last_week_play
            when last_week_owner_user_id != owner_user_id
                then 'taken over from another seller; was ' || last_week_play
            when change_since_last_week = 'same' and rule_id = last_week_rule_id then 'nothing that decides has moved'
            when change_since_last_week = 'same' then 'same play for another reason'
            when event_phrase is not null and coalesce(now_text = before_text or value_before is null or value_now is null, true)
                then event_phrase
            when value_now is null and value_before is null then 'what is known about the deal has changed'
            when value_now is null then metric_name || ' is no longer known'
            when value_before is null then metric_name || ' is now known: ' || now_text
            when now_text = before_text then metric_name || ' is still ' || now_text || '; the limit has moved'
            -- an average and a single week are no two points of one line
            when event_phrase is not null
                then
                    event_phrase || ', so this week''s ' || now_text || ' of ' || metric_name || ' counts at once ('
                    || before_text || ' before)'
            else
                metric_name || case when value_now > value_before then ' rose from ' else ' fell from ' end
                || before_text || ' to ' || now_text
        end as change_reason,
    from worded

)

select * from final
