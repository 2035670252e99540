-- One row per segment, base and interval of the first year of a single deal: the typed gate through which Python's numbers
-- enter the warehouse.
with source as (

    select * from {{ source('predictions', 'deal_interval') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(level as double) as level,
        cast(base_per_arr as double) as base_per_arr,
        cast(lower_per_arr as double) as lower_per_arr,
        cast(upper_per_arr as double) as upper_per_arr,
        cast(n_calibration as bigint) as n_calibration,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
