-- One row per draw, segment, term type and start age: what 1 of ARR is worth over the sixty months ahead, discounted, given
-- that the deal is won. Draws of one draw_id belong to one state of the world. Support that nobody knows is left out and said
-- to be; without margin the value is unknown.
with draws as (

    select * from {{ ref('stg_predictions__lifecycle_draw') }}

),

final as (

    select
        draw_id,
        segment_id,
        term_type,
        start_age_months,
        alive_years_disc,
        margin_per_arr * alive_years_disc - coalesce(support_cost_per_arr, 0) as value_per_arr,
        expansion_margin_per_arr as growth_per_arr,
        win_logit_shift,
        support_cost_per_arr is null as is_support_unknown,
    from draws
    where margin_per_arr * alive_years_disc is not null

)

select * from final
