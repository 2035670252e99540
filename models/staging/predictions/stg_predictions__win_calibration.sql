-- One row per build: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'win_calibration') }}

),

final as (

    select
        cast(method as varchar) as method,
        cast(slope as double) as slope,
        cast(intercept as double) as intercept,
        cast(n_won as bigint) as n_won,
        cast(n_lost as bigint) as n_lost,
        cast(log_loss as double) as log_loss,
        cast(base_log_loss as double) as base_log_loss,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
