-- One row per open opportunity: the hours it gets this week, whether by plan or by lot, and what an hour of its seller is
-- worth. Hours may be summed; prices and chances may not.
with allocations as (

    select * from {{ ref('stg_predictions__play_allocation') }}

),

final as (

    select
        opportunity_id,
        owner_user_id,
        decision_week_on,
        cast(suggested_quarters * 0.25 as decimal(9, 2)) as suggested_hours,
        cast(allocated_quarters * 0.25 as decimal(9, 2)) as allocated_hours,
        is_above_line,
        is_randomised,
        propensity,
        cast(shadow_price_cents * cast(0.01 as decimal(3, 2)) as decimal(18, 2)) as shadow_price,
        cast(capacity_quarters * 0.25 as decimal(9, 2)) as capacity_hours,
        line_reason,
        model_version,
        as_of_date,
    from allocations

)

select * from final
