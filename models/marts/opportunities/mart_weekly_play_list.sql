-- One row per seller, decision week and rank: open deals in the order in which an hour is worth most, parked deals
-- last, with the line under which the seller's hours are used up. Suggested hours may be summed; scores may not.
with plays as (

    select * from {{ ref('mart_opportunity_play') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

default_capacity as (

    select cast(value as decimal(9, 2)) as weekly_capacity_hours
    from {{ ref('assumption') }}
    where assumption_key = 'default_weekly_capacity_hours'

),

-- a company that cannot value a single deal (no billing, no margins) works the liveliest first
valued as (

    select count(value_per_hour) as n_deals
    from plays

),

ranked as (

    select
        plays.*,
        row_number() over (
            partition by plays.owner_user_id
            order by
                case when plays.play = 'Park' then 1 else 0 end asc,
                plays.value_per_hour desc nulls last,
                case when valued.n_deals = 0 then plays.motion_score end desc nulls last,
                plays.opportunity_id asc
        ) as rank,
    from plays
    cross join valued

),

accumulated as (

    select
        *,
        cast(
            sum(suggested_hours) over (
                partition by owner_user_id order by rank rows between unbounded preceding and current row
            ) as decimal(12, 2)
        ) as cumulative_hours,
    from ranked

),

final as (

    select
        accumulated.owner_user_id,
        accumulated.owner_name,
        accumulated.decision_week_on,
        cast(accumulated.rank as integer) as rank,
        accumulated.as_of_date,
        accumulated.opportunity_id,
        accumulated.opportunity_name,
        accumulated.account_name,
        accumulated.segment_id,
        accumulated.segment_name,
        accumulated.stage_name,
        accumulated.close_on,
        accumulated.arr_amount,
        accumulated.play,
        accumulated.next_action,
        accumulated.suggested_hours,
        accumulated.cumulative_hours,
        coalesce(sellers.weekly_capacity_hours, default_capacity.weekly_capacity_hours) as capacity_hours,
        accumulated.play != 'Park'
        and accumulated.cumulative_hours
        <= coalesce(sellers.weekly_capacity_hours, default_capacity.weekly_capacity_hours) as is_above_line,
        accumulated.value_per_hour,
        accumulated.motion_score,
        accumulated.motion_change,
        accumulated.risk_score,
        accumulated.profitability_score,
        accumulated.win_probability,
        accumulated.roi_expected_mean,
        accumulated.roi_expected_p05,
        accumulated.roi_expected_p95,
        accumulated.p_expected_roi_negative,
        accumulated.deciding_rule,
        accumulated.deciding_rule_sentence,
        accumulated.flip_sentence,
        accumulated.driver_up_1,
        accumulated.driver_up_2,
        accumulated.driver_down_1,
        accumulated.driver_down_2,
        accumulated.economics_status,
        accumulated.model_version,
    from accumulated
    cross join default_capacity
    left join sellers on accumulated.owner_user_id = sellers.user_id

)

select * from final
