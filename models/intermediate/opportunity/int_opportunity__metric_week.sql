-- One row per opportunity, decision week and number that the gates of the play policy look at: the number of that week, and
-- its running average. The average starts anew in the week of a hard event and after a longer gap; a week without a value
-- is unknown and does not borrow from its neighbours. It goes back no further than the decision weeks do.
with weeks as (

    select * from {{ ref('int_opportunity__decision_week') }}

),

scores as (

    select * from {{ ref('int_opportunity__score_week') }}

),

roi as (

    select * from {{ ref('int_opportunity__roi_week') }}

),

metrics as (

    select * from {{ ref('play_metric') }}

),

event_weeks as (

    select distinct
        opportunity_id,
        week_index,
    from {{ ref('int_opportunity__hard_event') }}

),

wide as (

    select
        weeks.opportunity_id,
        weeks.week_index,
        weeks.snapshot_on,
        weeks.deal_age_days,
        event_weeks.opportunity_id is not null as has_hard_event,
        cast(scores.motion as double) as motion,
        cast(scores.risk as double) as risk,
        cast(scores.profitability as double) as profitability,
        cast(roi.roi_expected_mean as double) as roi,
        cast(roi.p_negative as double) as p_negative,
        cast(roi.p_incremental as double) as p_incremental,
        cast(roi.value_per_hour as double) as value_per_hour,
        cast(weeks.segment_confidence as double) as segment_confidence,
        cast(weeks.arr_amount as double) as amount,
        cast(weeks.discount_pct as double) as discount_pct,
        case
            when weeks.close_on is not null
                then cast(greatest({{ days_between('weeks.close_on', 'weeks.snapshot_on') }}, 0) as double)
        end as days_past_close,
    from weeks
    left join scores on weeks.opportunity_id = scores.opportunity_id and weeks.week_index = scores.week_index
    left join roi on weeks.opportunity_id = roi.opportunity_id and weeks.week_index = roi.week_index
    left join event_weeks
        on weeks.opportunity_id = event_weeks.opportunity_id and weeks.week_index = event_weeks.week_index

),

-- a number without a row in the seed is no business of any gate
long as (
    {% for metric in list_gate_metrics() %}
        select
            opportunity_id,
            week_index,
            snapshot_on,
            deal_age_days,
            has_hard_event,
            '{{ metric }}' as metric,
            {{ metric }} as raw_value,
        from wide
        where '{{ metric }}' in (select metrics.metric from metrics)
        {{ 'union all' if not loop.last }}
    {%- endfor %}

),

known as (

    select
        long.*,
        cast(metrics.smoothing_weight as double) as smoothing_weight,
        long.has_hard_event
        -- weeks count backwards: the one before has the next higher index
        or coalesce(
            lag(long.week_index) over deal - long.week_index > metrics.memory_weeks + 1, true
        ) as is_run_start,
    from long
    inner join metrics on long.metric = metrics.metric
    where long.raw_value is not null
    window deal as (partition by long.opportunity_id, long.metric order by long.week_index desc)

),

in_runs as (

    select
        *,
        count(*) filter (where is_run_start) over (
            partition by opportunity_id, metric
            order by week_index desc
            rows between unbounded preceding and current row
        ) as run_order,
    from known

),

placed as (

    select
        *,
        row_number() over (partition by opportunity_id, metric, run_order order by week_index desc) - 1 as run_week,
    from in_runs

),

averaged as (

    select
        *,
        {{ smooth_exponentially(
            'raw_value', 'smoothing_weight', 'run_week', ['opportunity_id', 'metric', 'run_order'], 'week_index desc'
        ) }} as smoothed_value,
    from placed

),

unknown as (

    select
        *,
        cast(null as double) as smoothed_value,
        cast(null as bigint) as run_order,
        cast(null as bigint) as run_week,
    from long
    where raw_value is null

),

final as (
    {% for relation in ['averaged', 'unknown'] %}
        select
            opportunity_id,
            week_index,
            snapshot_on,
            deal_age_days,
            metric,
            raw_value,
            smoothed_value,
            run_order,
            run_week,
            has_hard_event,
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
