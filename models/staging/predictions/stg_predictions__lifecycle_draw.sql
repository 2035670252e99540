-- One row per draw, segment, term type and start age: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'lifecycle_draw') }}

),

final as (

    select
        cast(draw_id as integer) as draw_id,
        cast(segment_id as varchar) as segment_id,
        cast(term_type as varchar) as term_type,
        cast(start_age_months as integer) as start_age_months,
        cast(alive_years_disc as double) as alive_years_disc,
        cast(life_years as double) as life_years,
        cast(margin_per_arr as double) as margin_per_arr,
        cast(support_cost_per_arr as double) as support_cost_per_arr,
        cast(expansion_margin_per_arr as double) as expansion_margin_per_arr,
        cast(expand_prob_12m as double) as expand_prob_12m,
        cast(expansion_value_per_arr as double) as expansion_value_per_arr,
        cast(renewal_prob_12m as double) as renewal_prob_12m,
        cast(win_logit_shift as double) as win_logit_shift,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
