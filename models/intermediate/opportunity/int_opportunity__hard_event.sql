-- One row per opportunity, week and event that changed the deal at once in that week, told by what was known at its end.
-- Only a deal that was open a week earlier too can have changed; events that the seed `hard_event` does not list are not
-- looked for.
{%- set changes = list_deal_changes() %}
with weeks as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

week_signals as (

    select * from {{ ref('int_opportunity__week_signal') }}

),

competitor_words as (

    select * from {{ ref('no_competitor') }}

),

thresholds as (

    select * from {{ ref('int_opportunity__play_threshold') }}
    where threshold_key = 'discount_policy_max'

),

event_limits as (

    select * from {{ ref('hard_event') }}

),

limits as (

    select
        max(limit_value) filter (where event_key = 'amount_changed') as amount_changed,
        max(limit_value) filter (where event_key = 'close_date_moved') as close_date_moved,
    from event_limits

),

requests as (

    select * from {{ ref('stg_crm__deal_desk_request') }}

),

request_statuses as (

    select * from {{ ref('deal_desk_status') }}

),

described as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        weeks.snapshot_on,
        weeks.stage_position,
        weeks.owner_user_id,
        weeks.arr_amount,
        weeks.close_on,
        coalesce(weeks.discount_pct > thresholds.value, false) as is_over_policy,
        coalesce(trim(week_signals.competitor) != '' and competitor_words.competitor_text is null, false) as has_competitor,
        coalesce(week_signals.compliance_review, false) or coalesce(week_signals.security_review, false) as has_review,
    from weeks
    left join week_signals
        on weeks.opportunity_id = week_signals.opportunity_id and weeks.week_index = week_signals.week_index
    left join competitor_words on lower(trim(week_signals.competitor)) = competitor_words.competitor_text
    left join thresholds
        on weeks.snapshot_on >= thresholds.valid_from_on and weeks.snapshot_on < thresholds.valid_until_on

),

-- a week earlier the deal stands under the next higher index; without one it was not open then
compared as (

    select
        this_week.opportunity_id,
        this_week.week_index,
        {%- for event_key, condition in changes.items() %}
            coalesce({{ condition }}, false) as {{ event_key }},
        {%- endfor %}
    from described as this_week
    inner join described as last_week
        on
            this_week.opportunity_id = last_week.opportunity_id
            and this_week.week_index + 1 = last_week.week_index
    cross join limits

),

deal_changes as (
    {% for event_key in changes %}
        select
            opportunity_id,
            week_index,
            '{{ event_key }}' as event_key,
        from compared
        where {{ event_key }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

desk_decisions as (

    select distinct
        described.opportunity_id,
        described.week_index,
        'deal_desk_' || request_statuses.outcome as event_key,
    from requests
    inner join request_statuses on lower(trim(requests.request_status)) = request_statuses.request_status
    inner join described
        on
            requests.opportunity_id = described.opportunity_id
            and cast(requests.decided_at as date) <= described.snapshot_on
            and cast(requests.decided_at as date) > described.snapshot_on - 7
    where {{ was_loaded('requests.synced_at') }}

),

unioned as (

    select * from deal_changes
    union all
    select * from desk_decisions

),

final as (

    select
        unioned.opportunity_id,
        unioned.week_index,
        unioned.event_key,
    from unioned
    where unioned.event_key in (select event_limits.event_key from event_limits)

)

select * from final
