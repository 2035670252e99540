-- One row per limit of backtest_limit: how the past forecasts stand to it. The typed gate through which Python's verdicts
-- enter the warehouse.
with source as (

    select * from {{ source('predictions', 'backtest_verdict') }}

),

final as (

    select
        cast(check_name as varchar) as check_name,
        cast(quantity as varchar) as quantity,
        cast(horizon_months as integer) as horizon_months,
        cast(metric as varchar) as metric,
        cast(status as varchar) as status,
        cast(value as double) as value,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(detail as varchar) as detail,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
