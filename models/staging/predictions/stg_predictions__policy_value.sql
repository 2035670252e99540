-- One row per population, policy and comparison: the typed gate through which Python's numbers enter the warehouse.
with source as (

    select * from {{ source('predictions', 'policy_value') }}

),

final as (

    select
        cast(population as varchar) as population,
        cast(policy as varchar) as policy,
        cast(comparison as varchar) as comparison,
        cast(identification as varchar) as identification,
        cast(identification_reason as varchar) as identification_reason,
        cast(value_per_hour_mean as double) as value_per_hour_mean,
        cast(value_per_hour_p05 as double) as value_per_hour_p05,
        cast(value_per_hour_p95 as double) as value_per_hour_p95,
        cast(difference_mean as double) as difference_mean,
        cast(difference_p05 as double) as difference_p05,
        cast(difference_p95 as double) as difference_p95,
        cast(p_better as double) as p_better,
        cast(association_mean as double) as association_mean,
        cast(association_p05 as double) as association_p05,
        cast(association_p95 as double) as association_p95,
        cast(hours_per_decision as double) as hours_per_decision,
        cast(n_observed as bigint) as n_observed,
        cast(n_worked as bigint) as n_worked,
        cast(n_events as bigint) as n_events,
        cast(overlap_share as double) as overlap_share,
        cast(placebo_variable as varchar) as placebo_variable,
        cast(placebo_z as double) as placebo_z,
        cast(strongest_confounder as varchar) as strongest_confounder,
        cast(strongest_confounder_bias as double) as strongest_confounder_bias,
        cast(model_version as varchar) as model_version,
        cast(as_of_date as date) as as_of_date,
    from source

)

select * from final
