-- One row per open opportunity with the hours it gets this week: the typed gate through which Python's numbers enter the
-- warehouse.
with source as (

    select * from {{ source('predictions', 'play_allocation') }}

),

final as (

    select
        cast(opportunity_id as varchar) as opportunity_id,
        cast(owner_user_id as varchar) as owner_user_id,
        cast(decision_week_on as date) as decision_week_on,
        cast(suggested_quarters as integer) as suggested_quarters,
        cast(allocated_quarters as integer) as allocated_quarters,
        cast(is_above_line as boolean) as is_above_line,
        cast(is_randomised as boolean) as is_randomised,
        cast(propensity as double) as propensity,
        cast(shadow_price_cents as bigint) as shadow_price_cents,
        cast(capacity_quarters as integer) as capacity_quarters,
        cast(line_reason as varchar) as line_reason,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
