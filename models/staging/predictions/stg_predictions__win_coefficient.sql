-- One row per term of the win model: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'win_coefficient') }}

),

final as (

    select
        cast(feature as varchar) as feature,
        cast(coefficient as double) as coefficient,
        cast(centre as double) as centre,
        cast(scale as double) as scale,
        cast(input as varchar) as input,
        cast(transform as varchar) as transform,
        cast(knot as double) as knot,
        cast(times_input as varchar) as times_input,
        cast(times_transform as varchar) as times_transform,
        cast(times_knot as double) as times_knot,
        cast(missing_value as double) as missing_value,
        cast(lowest as double) as lowest,
        cast(highest as double) as highest,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
