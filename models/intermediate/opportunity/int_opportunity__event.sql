-- One row per recorded change of an opportunity that was known by the as-of day: the values from that moment until the
-- next change, with running counts of stage moves and of pushes of the close date. Each deal is told by one source: the
-- opportunity history, else the field history, else kept versions of its row.
{%- set sources = [
    ('opportunity_history', ref('int_opportunity__event_history'), false),
    ('field_history', ref('int_opportunity__event_field_history'), false),
    ('version', ref('int_opportunity__event_version'), true),
] %}
with stages as (

    select * from {{ ref('int_opportunity__stage') }}

),

present_rows as (

    select * from {{ ref('int_opportunity__present_row') }}

),

history_start as (

    select days from {{ ref('history_window') }}
    where window_key = 'history_start'

),

unioned as (
    {% for event_source, relation, has_outcome in sources %}
        select
            event_id,
            opportunity_id,
            '{{ event_source }}' as event_source,
            {{ loop.index }} as preference,
            changed_at,
            stage_name,
            amount,
            currency,
            close_on,
            probability_rate,
            {{ 'is_closed' if has_outcome else 'cast(null as boolean) as is_closed' }},
            {{ 'is_won' if has_outcome else 'cast(null as boolean) as is_won' }},
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- a source that does not know the stage comes after all that do
ranked_sources as (

    select
        opportunity_id,
        event_source,
        min(changed_at) as first_changed_at,
        row_number() over (
            partition by opportunity_id order by count(stage_name) = 0 asc, min(preference) asc
        ) as source_rank,
    from unioned
    group by opportunity_id, event_source

),

-- a history that began later than the deal does not know how often things changed before
chosen_sources as (

    select
        ranked_sources.opportunity_id,
        ranked_sources.event_source,
        coalesce(
            {{ days_between('present_rows.created_at', 'ranked_sources.first_changed_at') }} <= history_start.days, true
        ) as is_complete,
    from ranked_sources
    inner join present_rows on ranked_sources.opportunity_id = present_rows.opportunity_id
    cross join history_start
    where ranked_sources.source_rank = 1

),

sequenced as (

    select
        unioned.event_id,
        unioned.opportunity_id,
        unioned.event_source,
        chosen_sources.is_complete,
        unioned.changed_at,
        unioned.stage_name,
        unioned.amount,
        unioned.currency,
        unioned.close_on,
        unioned.probability_rate,
        stages.stage_rank,
        coalesce(unioned.is_closed, stages.is_closed, false) as is_closed,
        coalesce(unioned.is_won, stages.is_won, false) as is_won,
        row_number() over deal as change_order,
        lag(unioned.stage_name) over deal as previous_stage_name,
        lag(unioned.close_on) over deal as previous_close_on,
        coalesce(lag(coalesce(unioned.is_closed, stages.is_closed)) over deal, false) as was_closed,
        lag(stages.stage_rank) over deal as previous_stage_rank,
        lead(unioned.changed_at) over deal as next_changed_at,
        first_value(unioned.close_on ignore nulls) over (
            partition by unioned.opportunity_id
            order by unioned.changed_at, stages.sort_order nulls first, unioned.event_id
            rows between unbounded preceding and current row
        ) as first_close_on,
    from unioned
    inner join chosen_sources
        on
            unioned.opportunity_id = chosen_sources.opportunity_id
            and unioned.event_source = chosen_sources.event_source
    left join stages on unioned.stage_name = stages.stage_name
    window deal as (
        partition by unioned.opportunity_id
        order by unioned.changed_at, stages.sort_order nulls first, unioned.event_id
    )

),

marked as (

    select
        *,
        case
            when stage_name is null then false
            when change_order = 1 then is_complete
            else coalesce(stage_name != previous_stage_name, true)
        end as is_stage_entry,
        -- the date set by reopening a closed deal is a new plan, and that of a closing is no plan
        case
            when close_on > previous_close_on and not is_closed and not was_closed
                then {{ days_between('previous_close_on', 'close_on') }}
        end as pushed_by_days,
    from sequenced

),

final as (

    select
        event_id,
        opportunity_id,
        event_source,
        is_complete,
        change_order,
        changed_at,
        coalesce(next_changed_at, timestamp '9999-12-31') as valid_until_at,
        stage_name,
        amount,
        currency,
        close_on,
        probability_rate,
        is_closed,
        is_won,
        -- a record that begins with a decided deal does not know when it was decided
        is_closed and not was_closed and previous_stage_name is not null as is_closing,
        not is_closed and was_closed as is_reopening,
        max(case when is_stage_entry then changed_at end) over deal as stage_entered_at,
        max(case when is_stage_entry and not is_closed then changed_at end) over deal as open_stage_entered_at,
        count(*) filter (where not is_closed and stage_rank > previous_stage_rank and not was_closed) over deal
            as forward_moves,
        count(pushed_by_days) over deal as push_count,
        coalesce(sum(pushed_by_days) over deal, 0) as pushed_days,
        {{ days_between('first_close_on', 'close_on') }} as slippage_days,
    from marked
    window deal as (
        partition by opportunity_id
        order by change_order
        rows between unbounded preceding and current row
    )

)

select * from final
