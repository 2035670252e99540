-- One row per draw, segment and age band: gross margin less support cost per unit of recurring revenue of customers of that
-- age, in whole millionths, so that sums over draws do not depend on their order.
with draws as (

    select * from {{ ref('stg_predictions__money_draw') }}

),

final as (

    select
        draw_id,
        segment_id,
        age_band,
        cast(round((margin_per_arr - support_cost_rate) * 1000000) as bigint) as contribution_rate_e6,
        model_version,
    from draws

)

select * from final
