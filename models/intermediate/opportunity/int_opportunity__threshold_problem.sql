-- One row per contradiction in the gates of the play policy (seeds play_threshold and play_metric): the seed, the row and
-- what is wrong with it. Empty when the policy holds together; int_opportunity__play_threshold stops the build otherwise.
-- Whether limits are wise is not asked.
with metrics as (

    select * from {{ ref('play_metric') }}

),

thresholds as (

    select
        *,
        coalesce(threshold_key, 'without a key') || coalesce(' of ' || cast(valid_from as varchar), '') as row_name,
    from {{ ref('play_threshold') }}

),

rules as (

    select * from {{ ref('play_rule') }}

),

-- each gate of a rule with the plays that it keeps from a deal while it is closed
gated as (

    select
        threshold_key,
        bool_or(play = 'Park') as is_park_gate,
    from rules
    where fires_when = 'closed'
    group by threshold_key

),

metric_problems as (

    select
        'play_metric' as seed_name,
        coalesce(metric, 'without a name') as row_name,
        unnest(list_filter([
            case when count(*) > 1 then 'the metric stands in ' || count(*) || ' rows' end,
            case
                when not coalesce(bool_and(smoothing_weight > 0 and smoothing_weight <= 1), false)
                    then 'smoothing_weight must be above 0 and at most 1'
            end,
            case when not coalesce(bool_and(memory_weeks >= 0), false) then 'memory_weeks must be 0 or more' end,
        ], lambda problem: problem is not null)) as problem,
    from metrics
    group by metric

),

threshold_problems as (

    select
        'play_threshold' as seed_name,
        thresholds.row_name,
        unnest(list_filter([
            case when metrics.metric is null then 'play_metric has no metric ' || coalesce(thresholds.metric, 'for it') end,
            case when metrics.unit != thresholds.unit then 'its unit must be that of the metric, ' || metrics.unit end,
            case
                when not coalesce(thresholds.opens in ('at_least', 'at_most'), false)
                    then 'opens must be at_least or at_most'
            end,
            case when thresholds.valid_from is null then 'it has no valid_from' end,
            case when thresholds.from_age_days < 0 then 'from_age_days must be 0 or more' end,
            case when thresholds.value is null or thresholds.leave_value is null then 'value and leave_value must be stated' end,
            case
                when thresholds.opens = 'at_least' and thresholds.leave_value > thresholds.value
                    then 'leave_value must not lie above value: the gate would close where it opens'
                when thresholds.opens = 'at_most' and thresholds.leave_value < thresholds.value
                    then 'leave_value must not lie below value: the gate would close where it opens'
            end,
            case
                when
                    (thresholds.unit = 'score' and not (
                        thresholds.value between 0 and 100 and thresholds.leave_value between 0 and 100
                    ))
                    or (thresholds.unit in ('probability', 'share') and not (
                        thresholds.value between 0 and 1 and thresholds.leave_value between 0 and 1
                    ))
                    then 'value or leave_value lies outside the range of its unit'
            end,
        ], lambda problem: problem is not null)) as problem,
    from thresholds
    left join metrics on thresholds.metric = metrics.metric

),

repeated_thresholds as (

    select
        'play_threshold' as seed_name,
        row_name,
        'two rows state this gate from one day on' as problem,
    from thresholds
    group by row_name
    having count(*) > 1

),

changed_gates as (

    select
        'play_threshold' as seed_name,
        threshold_key as row_name,
        'its rows disagree on the metric or on the way it opens' as problem,
    from thresholds
    group by threshold_key
    having count(distinct metric) > 1 or count(distinct opens) > 1

),

-- on every day on which either version of a pair begins, the gate of Park must lie before the one of Protect
days_of_change as (

    select distinct valid_from from thresholds

),

in_force as (

    select
        days_of_change.valid_from as day_on,
        thresholds.threshold_key,
        arg_max(thresholds.metric, thresholds.valid_from) as metric,
        arg_max(thresholds.opens, thresholds.valid_from) as opens,
        arg_max(thresholds.value, thresholds.valid_from) as value,
        arg_max(thresholds.leave_value, thresholds.valid_from) as leave_value,
        arg_max(thresholds.row_name, thresholds.valid_from) as row_name,
    from days_of_change
    inner join thresholds on days_of_change.valid_from >= thresholds.valid_from
    group by days_of_change.valid_from, thresholds.threshold_key

),

pair_problems as (

    select distinct
        'play_threshold' as seed_name,
        protecting.row_name,
        case
            when protecting.opens != parking.opens then 'it opens the other way than '
            else 'it leaves no room to Protect beside '
        end || parking.row_name as problem,
    from in_force as parking
    inner join gated as parking_gates on parking.threshold_key = parking_gates.threshold_key and parking_gates.is_park_gate
    inner join in_force as protecting on parking.metric = protecting.metric and parking.day_on = protecting.day_on
    inner join gated as protecting_gates
        on protecting.threshold_key = protecting_gates.threshold_key and not protecting_gates.is_park_gate
    where
        protecting.opens != parking.opens
        or (parking.opens = 'at_least' and (
            parking.value >= protecting.value or parking.leave_value > protecting.leave_value
        ))
        or (parking.opens = 'at_most' and (
            parking.value <= protecting.value or parking.leave_value < protecting.leave_value
        ))

),

final as (

    select * from metric_problems
    union all
    select * from threshold_problems
    union all
    select * from repeated_thresholds
    union all
    select * from changed_gates
    union all
    select * from pair_problems

)

select * from final
