-- One row per draw, segment and age band: the typed gate through which Python's numbers enter
-- the warehouse.
with source as (

    select * from {{ source('predictions', 'money_draw') }}

),

final as (

    select
        cast(draw_id as integer) as draw_id,
        cast(segment_id as varchar) as segment_id,
        cast(age_band as varchar) as age_band,
        cast(margin_per_arr as double) as margin_per_arr,
        cast(support_cost_rate as double) as support_cost_rate,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
