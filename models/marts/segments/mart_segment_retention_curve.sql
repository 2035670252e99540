-- One row per segment (`all` = every customer), term type (`all` = the mix seen) and month of age from 1 to 60: chance
-- of leaving in that month and of still being there at its end, each with a 90 % interval. Months beyond the oldest
-- age seen are marked; there the hazard falls off as it does among customers that differ (a fitted tail).
with hazards as (

    select * from {{ ref('stg_predictions__hazard') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

evidence as (

    -- without a single customer month the fit holds nothing but its prior, which is nobody's retention
    select sum(n_at_risk) > 0 as has_customers
    from hazards

),

final as (

    select
        hazards.segment_id,
        {{ name_group('hazards.segment_id', 'segments.segment_name') }} as segment_name,
        hazards.term_type,
        hazards.age_month,
        hazards.hazard_mean,
        hazards.hazard_p05,
        hazards.hazard_p50,
        hazards.hazard_p95,
        hazards.survival_mean,
        hazards.survival_p05,
        hazards.survival_p95,
        case
            when hazards.fallback_level in ('segment', 'partly_pooled') then hazards.survival_mean - company.survival_mean
        end as survival_vs_company,
        case
            when hazards.fallback_level in ('segment', 'partly_pooled') then hazards.survival_p_better
        end as survival_p_better,
        hazards.n_at_risk as n_observed,
        hazards.n_churn as n_events,
        hazards.n_at_risk_band as n_observed_band,
        hazards.n_churn_band as n_events_band,
        {{ flag_low_support('hazards.n_churn_band') }} as is_low_support,
        hazards.pooling_weight,
        hazards.is_extrapolated,
        hazards.fallback_level,
        hazards.model_version,
        {{ as_of_date() }} as as_of_date,
    from hazards
    cross join evidence
    left join hazards as company
        on
            company.segment_id = 'all'
            and hazards.term_type = company.term_type
            and hazards.age_month = company.age_month
    left join segments on hazards.segment_id = segments.segment_id
    where evidence.has_customers

)

select * from final
