-- One row per segment and age month 1 to 60: the typed gate through which Python's numbers enter
-- the warehouse.
with source as (

    select * from {{ source('predictions', 'expansion_curve') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(age_month as integer) as age_month,
        cast(hazard_mean as double) as hazard_mean,
        cast(hazard_p05 as double) as hazard_p05,
        cast(hazard_p95 as double) as hazard_p95,
        cast(cumulative_mean as double) as cumulative_mean,
        cast(cumulative_p05 as double) as cumulative_p05,
        cast(cumulative_p95 as double) as cumulative_p95,
        cast(cumulative_p_better as double) as cumulative_p_better,
        cast(added_arr_mean as double) as added_arr_mean,
        cast(added_arr_p05 as double) as added_arr_p05,
        cast(added_arr_p95 as double) as added_arr_p95,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(fallback_level as varchar) as fallback_level,
        cast(is_extrapolated as boolean) as is_extrapolated,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
