-- A failing row is a hazard or survival outside [0, 1], with crossing quantiles, or a survival that rises with age:
-- customers would come back from the dead and lifetimes run away. Does not claim that the curve fits.
with hazards as (

    select
        segment_id,
        term_type,
        age_month,
        hazard_mean,
        hazard_p05,
        hazard_p50,
        hazard_p95,
        survival_mean,
        survival_p05,
        survival_p95,
        n_at_risk,
        n_churn,
        lag(survival_mean) over (partition by segment_id, term_type order by age_month) as earlier_survival_mean,
    from {{ ref('stg_predictions__hazard') }}

)

select *
from hazards
where
    not coalesce(hazard_mean between 0 and 1, false)
    or not coalesce(survival_mean between 0 and 1, false)
    or not coalesce(0 <= hazard_p05 and hazard_p05 <= hazard_p50 and hazard_p50 <= hazard_p95 and hazard_p95 <= 1, false)
    or not coalesce(0 <= survival_p05 and survival_p05 <= survival_p95 and survival_p95 <= 1, false)
    -- rounding of the sixth digit is no resurrection
    or survival_mean > earlier_survival_mean + 0.000001
    or n_churn > n_at_risk
