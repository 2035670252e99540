-- One row per origin, horizon, quantity, segment, model and metric: the typed gate through which Python's numbers enter
-- the warehouse.
with source as (

    select * from {{ source('predictions', 'backtest_score') }}

),

final as (

    select
        cast(origin_on as date) as origin_on,
        cast(horizon_months as integer) as horizon_months,
        cast(quantity as varchar) as quantity,
        cast(segment_id as varchar) as segment_id,
        cast(model as varchar) as model,
        cast(metric as varchar) as metric,
        cast(value as double) as value,
        cast(noise_floor as double) as noise_floor,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(is_judged as boolean) as is_judged,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
