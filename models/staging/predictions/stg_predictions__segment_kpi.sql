-- One row per segment and metric: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'segment_kpi') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(metric as varchar) as metric,
        cast(unit as varchar) as unit,
        cast(mean as double) as mean,
        cast(sd as double) as sd,
        cast(p05 as double) as p05,
        cast(p50 as double) as p50,
        cast(p95 as double) as p95,
        cast(p_better as double) as p_better,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(maturity_status as varchar) as maturity_status,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
