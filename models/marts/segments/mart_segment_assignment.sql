-- One row per opportunity: which segment it counts in, by its own pre-close signals or with its customer, how sure that is,
-- and which bound is nearest.
with assignments as (

    select * from {{ ref('fct_segment_assignment') }}

),

segments as (

    select * from {{ ref('dim_segment') }}

),

final as (

    select
        assignments.opportunity_id,
        assignments.customer_id,
        assignments.segment_version,
        assignments.segment_id,
        segments.segment_name,
        assignments.segment_basis,
        assignments.basis_opportunity_id,
        assignments.segment_confidence,
        assignments.evidence_level,
        assignments.deciding_signals,
        assignments.deciding_values,
        assignments.unknown_signals,
        assignments.nearest_feature,
        assignments.nearest_threshold,
        assignments.nearest_threshold_se,
        assignments.nearest_value,
        assignments.nearest_unit,
        assignments.nearest_side_probability,
        assignments.beyond_segment_id,
        beyond.segment_name as beyond_segment_name,
        {{ as_of_date() }} as as_of_date,
    from assignments
    inner join segments on assignments.segment_id = segments.segment_id
    left join segments as beyond on assignments.beyond_segment_id = beyond.segment_id

)

select * from final
