-- One row per opportunity, decision week and gate of the play policy: the number that the gate looks at, the limits that
-- held in that week, and whether the gate is open. An open gate closes only beyond its leave value and a closed one opens
-- only at its value; at the start of a run (a new deal, a hard event, a longer gap) the value alone decides. A deal too
-- young for a gate finds it open. Null = the number or the limit is not known.
with metric_weeks as (

    select * from {{ ref('int_opportunity__metric_week') }}

),

thresholds as (

    select
        threshold_key,
        metric,
        opens,
        valid_from_on,
        valid_until_on,
        cast(value as double) as value,
        cast(leave_value as double) as leave_value,
        from_age_days,
    from {{ ref('int_opportunity__play_threshold') }}

),

held as (

    select
        metric_weeks.opportunity_id,
        metric_weeks.week_index,
        thresholds.threshold_key,
        metric_weeks.metric,
        metric_weeks.raw_value,
        metric_weeks.smoothed_value,
        metric_weeks.run_order,
        metric_weeks.run_week,
        metric_weeks.has_hard_event,
        thresholds.value as open_value,
        thresholds.leave_value,
        coalesce(metric_weeks.deal_age_days < thresholds.from_age_days, false) as is_waived,
        {{ passes_limit('metric_weeks.raw_value', 'thresholds.opens', 'thresholds.value') }} as is_open_raw,
        {{ passes_limit('metric_weeks.smoothed_value', 'thresholds.opens', 'thresholds.value') }} as is_past_open,
        {{ passes_limit('metric_weeks.smoothed_value', 'thresholds.opens', 'thresholds.leave_value') }} as is_past_leave,
    from metric_weeks
    inner join thresholds
        on
            metric_weeks.metric = thresholds.metric
            and metric_weeks.snapshot_on >= thresholds.valid_from_on
            and metric_weeks.snapshot_on < thresholds.valid_until_on

),

-- between the two limits a week says nothing, and the gate stays as it was
told as (

    select
        *,
        case
            when is_waived and is_past_open is not null then true
            when is_past_open or run_week = 0 then is_past_open
            when not is_past_leave then false
        end as told_state,
    from held

),

final as (

    select
        opportunity_id,
        week_index,
        threshold_key,
        metric,
        raw_value,
        smoothed_value,
        open_value,
        leave_value,
        is_waived,
        is_open_raw or is_waived and is_open_raw is not null as is_open_raw,
        case
            when smoothed_value is not null
                then last_value(told_state ignore nulls) over (
                    partition by opportunity_id, threshold_key, run_order
                    order by week_index desc
                    rows between unbounded preceding and current row
                )
        end as is_open,
        has_hard_event,
    from told

)

select * from final
