-- One row per segment, term type and age month: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'hazard') }}

),

final as (

    select
        cast(segment_id as varchar) as segment_id,
        cast(term_type as varchar) as term_type,
        cast(age_month as integer) as age_month,
        cast(hazard_mean as double) as hazard_mean,
        cast(hazard_p05 as double) as hazard_p05,
        cast(hazard_p50 as double) as hazard_p50,
        cast(hazard_p95 as double) as hazard_p95,
        cast(survival_mean as double) as survival_mean,
        cast(survival_p05 as double) as survival_p05,
        cast(survival_p95 as double) as survival_p95,
        cast(survival_p_better as double) as survival_p_better,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(n_churn as bigint) as n_churn,
        cast(n_at_risk_band as bigint) as n_at_risk_band,
        cast(n_churn_band as bigint) as n_churn_band,
        cast(pooling_weight as double) as pooling_weight,
        cast(is_extrapolated as boolean) as is_extrapolated,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
