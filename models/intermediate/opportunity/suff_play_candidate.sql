-- One row per open opportunity: what the hours of a seller's week are given by. Whole quarter hours and whole cents, so
-- that the choice does not depend on the order of rows.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

rules as (

    select * from {{ ref('fct_opportunity_rule') }}

),

plays as (

    select * from {{ ref('fct_opportunity_play_week') }}
    where week_index = 0

),

efforts as (

    select * from {{ ref('play_effort') }}

),

spare_rules as (

    select * from {{ ref('spare_time_rule') }}

),

hour_costs as (

    select value as seller_hour_cost
    from {{ ref('int_cost__assumption') }}
    where assumption_key = 'seller_hour_cost'

),

exclusions as (

    select * from {{ ref('draw_exclusion') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

default_capacity as (

    select value as weekly_capacity_hours
    from {{ ref('assumption') }}
    where assumption_key = 'default_weekly_capacity_hours'

),

lot_limits as (

    select cast(value as double) as drawable_win_probability_min
    from {{ ref('allocation_policy') }}
    where policy_key = 'drawable_win_probability_min'

),

last_weeks as (

    select * from {{ ref('fct_opportunity_last_week') }}

),

-- what an hour adds after its own cost; a deal that gains less than its hours cost is below zero
worth as (

    select
        plays.opportunity_id,
        plays.motion,
        plays.value_per_hour - hour_costs.seller_hour_cost as net_value_per_hour,
        hour_costs.seller_hour_cost,
    from plays
    cross join hour_costs

),

final as (

    select
        opportunities.opportunity_id,
        coalesce(opportunities.owner_user_id, 'none') as owner_user_id,
        {{ get_week_start(as_of_date()) }} as decision_week_on,
        rules.play,
        rules.rule_id,
        cast(round(efforts.suggested_hours * 4) as integer) as suggested_quarters,
        cast(round(worth.net_value_per_hour * efforts.suggested_hours * 100) as bigint) as value_cents,
        -- hours that the plays leave over: as many as managing the deal would take, where they bring more than they cost
        case
            when spare_rules.rule_id is not null and worth.net_value_per_hour > 0
                then cast(round(spare_efforts.suggested_hours * 4) as integer)
            else 0
        end as spare_quarters,
        case
            when spare_rules.rule_id is not null and worth.net_value_per_hour > 0
                then cast(round(worth.net_value_per_hour * spare_efforts.suggested_hours * 100) as bigint)
        end as spare_value_cents,
        cast(round(worth.seller_hour_cost * 100) as bigint) as hour_cost_cents,
        cast(round(worth.motion * 100) as bigint) as motion_e2,
        rules.play != 'Park' as is_worth_hours,
        exclusions.rule_id is null
        and coalesce(opportunities.win_probability, 1) >= lot_limits.drawable_win_probability_min as is_drawable,
        -- hours of last week as they were issued; an hour by lot is no reason to go on
        coalesce(last_weeks.is_above_line and not last_weeks.is_randomised, false) as is_incumbent,
        -- nobody's hours are there for a deal without an owner
        case
            when opportunities.owner_user_id is null then 0
            else
                cast(
                    greatest(round(coalesce(sellers.weekly_capacity_hours, default_capacity.weekly_capacity_hours) * 4), 0)
                    as integer
                )
        end as capacity_quarters,
    from opportunities
    inner join rules on opportunities.opportunity_id = rules.opportunity_id
    inner join worth on opportunities.opportunity_id = worth.opportunity_id
    inner join efforts
        on
            rules.play = efforts.play
            and efforts.stage_band = {{ stage_band('opportunities.stage_position') }}
    inner join efforts as spare_efforts
        on
            spare_efforts.play = 'Protect'
            and spare_efforts.stage_band = {{ stage_band('opportunities.stage_position') }}
    cross join default_capacity
    cross join lot_limits
    left join spare_rules on rules.rule_id = spare_rules.rule_id
    left join sellers on opportunities.owner_user_id = sellers.user_id
    left join exclusions on rules.rule_id = exclusions.rule_id
    left join last_weeks on opportunities.opportunity_id = last_weeks.opportunity_id

)

select * from final
