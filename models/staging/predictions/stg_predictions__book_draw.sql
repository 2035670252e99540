-- One row per draw, segment and horizon: the typed gate through which Python's numbers enter
-- the warehouse.
with source as (

    select * from {{ source('predictions', 'book_draw') }}

),

final as (

    select
        cast(draw_id as integer) as draw_id,
        cast(segment_id as varchar) as segment_id,
        cast(horizon_months as integer) as horizon_months,
        cast(retained_cents as bigint) as retained_cents,
        cast(churn_shift_cents as bigint) as churn_shift_cents,
        cast(churn_luck_cents as bigint) as churn_luck_cents,
        cast(expansion_cents as bigint) as expansion_cents,
        cast(expansion_luck_cents as bigint) as expansion_luck_cents,
        cast(contribution_cents as bigint) as contribution_cents,
        cast(contribution_margin_cents as bigint) as contribution_margin_cents,
        cast(contribution_support_cents as bigint) as contribution_support_cents,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
