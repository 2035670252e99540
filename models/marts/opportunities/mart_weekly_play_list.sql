-- One row per seller, decision week and rank: first the deals that get hours, in the order in which an hour is worth most,
-- then parked ones in hours left over, then those drawn by lot; then what lies below the line; parked deals at
-- the end. Hours may be summed; scores and the price of an hour may not.
with plays as (

    select * from {{ ref('mart_opportunity_play') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by owner_user_id
            order by
                case
                    when is_randomised then 2
                    when line_reason = 'spare_time' then 1
                    when is_above_line then 0
                    when play != 'Park' then 3
                    else 4
                end asc,
                value_per_hour desc nulls last,
                -- of unknown value: the liveliest first
                case when value_per_hour is null then motion_score end desc nulls last,
                opportunity_id asc
        ) as rank,
    from plays

),

final as (

    select
        owner_user_id,
        owner_name,
        decision_week_on,
        cast(rank as integer) as rank,
        as_of_date,
        opportunity_id,
        opportunity_name,
        account_name,
        deal_type,
        segment_id,
        segment_name,
        segment_confidence,
        stage_name,
        close_on,
        arr_amount,
        play,
        next_action,
        suggested_hours,
        allocated_hours,
        cast(
            sum(case when is_above_line then allocated_hours else suggested_hours end) over (
                partition by owner_user_id order by rank rows between unbounded preceding and current row
            ) as decimal(12, 2)
        ) as cumulative_hours,
        capacity_hours,
        is_above_line,
        line_reason,
        is_randomised,
        propensity,
        shadow_price,
        value_per_hour,
        last_week_play,
        last_week_basis,
        change_since_last_week,
        change_reason,
        motion_score,
        motion_change,
        risk_score,
        profitability_score,
        win_probability,
        roi_expected_mean,
        roi_expected_p05,
        roi_expected_p95,
        p_expected_roi_negative,
        deciding_rule,
        deciding_rule_sentence,
        flip_sentence,
        driver_up_1,
        driver_up_2,
        driver_down_1,
        driver_down_2,
        economics_status,
        model_version,
    from ranked

)

select * from final
