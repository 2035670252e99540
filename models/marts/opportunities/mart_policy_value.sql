-- One row per population, policy and comparison: what the same seller hours bring under one way to choose deals and under
-- another, with the label that says whether the difference may be believed. Not additive. Money is rounded to the cent.
-- Past weeks are ordered and valued by the win and life models fitted today, which know the outcomes of deals closed since:
-- that flatters the plays and by_win, both alike, against as_done, by_amount and by_segment.
with policies as (

    select * from {{ ref('stg_predictions__policy_value') }}

),

final as (

    select
        population,
        policy,
        comparison,
        identification,
        identification_reason,
        cast(round(value_per_hour_mean, 2) as decimal(18, 2)) as value_per_hour_mean,
        cast(round(value_per_hour_p05, 2) as decimal(18, 2)) as value_per_hour_p05,
        cast(round(value_per_hour_p95, 2) as decimal(18, 2)) as value_per_hour_p95,
        cast(round(difference_mean, 2) as decimal(18, 2)) as difference_mean,
        cast(round(difference_p05, 2) as decimal(18, 2)) as difference_p05,
        cast(round(difference_p95, 2) as decimal(18, 2)) as difference_p95,
        p_better,
        cast(round(association_mean, 2) as decimal(18, 2)) as association_mean,
        cast(round(association_p05, 2) as decimal(18, 2)) as association_p05,
        cast(round(association_p95, 2) as decimal(18, 2)) as association_p95,
        hours_per_decision,
        n_observed,
        n_worked,
        n_events,
        {{ flag_low_support('n_events') }} as is_low_support,
        overlap_share,
        placebo_variable,
        placebo_z,
        strongest_confounder,
        cast(round(strongest_confounder_bias, 2) as decimal(18, 2)) as strongest_confounder_bias,
        model_version,
        {{ as_of_date() }} as as_of_date,
    from policies

)

select * from final
