-- One row per segment and week since the customer's start: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'time_to_value') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(week_since_close as integer) as week_since_close,
        cast(reached_mean as double) as reached_mean,
        cast(reached_p05 as double) as reached_p05,
        cast(reached_p50 as double) as reached_p50,
        cast(reached_p95 as double) as reached_p95,
        cast(reached_p_better as double) as reached_p_better,
        cast(left_first_mean as double) as left_first_mean,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(n_reached as bigint) as n_reached,
        cast(n_left as bigint) as n_left,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(fallback_level as varchar) as fallback_level,
        cast(is_extrapolated as boolean) as is_extrapolated,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
