-- A failing row is a score that cannot be: a share outside 0 to 1, a loss below zero, more events than were looked at, or a
-- forecast of a horizon that is not over. It does not say that the forecasts are good.
with scores as (

    select * from {{ ref('mart_model_backtest') }}

),

origins as (

    select * from {{ ref('int_lifecycle__backtest_origin') }}

)

select
    scores.origin_on,
    scores.horizon_months,
    scores.quantity,
    scores.segment_id,
    scores.model,
    scores.metric,
    scores.value,
from scores
left join origins on scores.origin_on = origins.origin_on and origins.is_scored
where
    origins.months_known is null
    or scores.horizon_months > origins.months_known
    or scores.n_events > scores.n_observed
    or not isfinite(scores.value)
    or (scores.metric in ('brier', 'ece', 'interval_cover') and (scores.value < 0 or scores.value > 1))
    or (scores.metric in ('log_loss', 'mean_absolute_error') and scores.value < 0)
