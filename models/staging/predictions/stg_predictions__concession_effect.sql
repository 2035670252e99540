-- One row per concession type, segment and outcome: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'concession_effect') }}

),

final as (

    select
        cast(concession_type as varchar) as concession_type,
        cast(segment_id as varchar) as segment_id,
        cast(outcome as varchar) as outcome,
        cast(effect_unit as varchar) as effect_unit,
        cast(dose_phrase as varchar) as dose_phrase,
        cast(identification as varchar) as identification,
        cast(identification_reason as varchar) as identification_reason,
        cast(effect_mean as double) as effect_mean,
        cast(effect_p05 as double) as effect_p05,
        cast(effect_p50 as double) as effect_p50,
        cast(effect_p95 as double) as effect_p95,
        cast(effect_points_mean as double) as effect_points_mean,
        cast(association_naive_mean as double) as association_naive_mean,
        cast(association_segment_mean as double) as association_segment_mean,
        cast(association_mean as double) as association_mean,
        cast(association_p05 as double) as association_p05,
        cast(association_p95 as double) as association_p95,
        cast(n_observed as bigint) as n_observed,
        cast(n_events as bigint) as n_events,
        cast(n_treated as bigint) as n_treated,
        cast(n_treated_events as bigint) as n_treated_events,
        cast(overlap_share as double) as overlap_share,
        cast(effective_deals as double) as effective_deals,
        cast(treatment_known_share as double) as treatment_known_share,
        cast(confounder_known_share as double) as confounder_known_share,
        cast(robustness_value as double) as robustness_value,
        cast(strongest_confounder as varchar) as strongest_confounder,
        cast(strongest_confounder_bias as double) as strongest_confounder_bias,
        cast(e_value as double) as e_value,
        cast(placebo_variable as varchar) as placebo_variable,
        cast(placebo_z as double) as placebo_z,
        cast(fallback_level as varchar) as fallback_level,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
