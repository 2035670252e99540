-- One row per concession type, segment and outcome: what one dose goes with, whether that is an effect of the concession, and how
-- strong something unrecorded would have to be to undo it. What a concession gives away by arithmetic is in
-- mart_segment_deal_structure and no part of any number here.
with effects as (

    select * from {{ ref('stg_predictions__concession_effect') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

final as (

    select
        effects.concession_type,
        effects.segment_id,
        coalesce(segments.segment_name, case effects.segment_id when 'all' then 'All deals' else 'Unassigned' end)
            as segment_name,
        effects.outcome,
        effects.effect_unit,
        effects.dose_phrase,
        effects.identification,
        effects.identification_reason,
        effects.effect_mean,
        effects.effect_p05,
        effects.effect_p50,
        effects.effect_p95,
        effects.effect_points_mean,
        effects.association_naive_mean,
        effects.association_segment_mean,
        effects.association_mean,
        effects.association_p05,
        effects.association_p95,
        effects.n_observed,
        effects.n_events,
        effects.n_treated,
        effects.n_treated_events,
        {{ flag_low_support('effects.n_treated_events') }} as is_low_support,
        effects.overlap_share,
        effects.effective_deals,
        effects.treatment_known_share,
        effects.confounder_known_share,
        effects.robustness_value,
        effects.strongest_confounder,
        effects.strongest_confounder_bias,
        effects.e_value,
        effects.placebo_variable,
        effects.placebo_z,
        effects.fallback_level,
        effects.model_version,
        {{ as_of_date() }} as as_of_date,
    from effects
    left join segments on effects.segment_id = segments.segment_id

)

select * from final
