-- One row per open opportunity: what the hours of a seller's week are given by. Whole quarter hours and whole cents, so
-- that the choice does not depend on the order of rows.
with opportunities as (

    select * from {{ ref('fct_opportunity') }}
    where is_open

),

rules as (

    select * from {{ ref('fct_opportunity_rule') }}

),

gates as (

    select * from {{ ref('fct_opportunity_gate') }}

),

efforts as (

    select * from {{ ref('play_effort') }}

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

final as (

    select
        opportunities.opportunity_id,
        coalesce(opportunities.owner_user_id, 'none') as owner_user_id,
        cast(date_trunc('week', {{ as_of_date() }}) as date) as decision_week_on,
        rules.play,
        rules.rule_id,
        cast(round(efforts.suggested_hours * 4) as integer) as suggested_quarters,
        cast(round(gates.value_per_hour * efforts.suggested_hours * 100) as bigint) as value_cents,
        cast(round(gates.motion * 100) as bigint) as motion_e2,
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
    inner join gates on opportunities.opportunity_id = gates.opportunity_id
    inner join efforts
        on
            rules.play = efforts.play
            and efforts.stage_band = {{ stage_band('opportunities.stage_position') }}
    cross join default_capacity
    cross join lot_limits
    left join sellers on opportunities.owner_user_id = sellers.user_id
    left join exclusions on rules.rule_id = exclusions.rule_id
    left join last_weeks on opportunities.opportunity_id = last_weeks.opportunity_id

)

select * from final
