-- One row per draw, segment and term type: gross margin less support cost per unit of recurring revenue, averaged over a
-- life of up to 60 months by time alive, in whole millionths, so that sums over draws do not depend on their order.
with draws as (

    select * from {{ ref('stg_predictions__lifecycle_draw') }}

),

final as (

    select
        draw_id,
        segment_id,
        term_type,
        cast(round((gross_margin_rate - support_cost_per_arr / nullif(alive_years_disc, 0)) * 1000000) as bigint)
            as contribution_rate_e6,
        model_version,
    from draws

)

select * from final
