-- One row per origin, horizon, quantity, segment, model and metric: what would have been forecast on a past quarter start,
-- from what was known then, beside what came, and beside simpler forecasts.
with scores as (

    select * from {{ ref('stg_predictions__backtest_score') }}

),

final as (

    select
        origin_on,
        horizon_months,
        quantity,
        segment_id,
        model,
        metric,
        value,
        noise_floor,
        n_observed,
        n_events,
        is_judged,
        model_version,
        {{ as_of_date() }} as as_of_date,
    from scores

)

select * from final
