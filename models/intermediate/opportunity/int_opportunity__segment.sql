-- One row per opportunity: its segment by the version in force on the as-of day.
with versions as (

    select * from {{ ref('int_opportunity__segment_version') }}

),

rules as (

    select distinct segment_version
    from {{ ref('stg_predictions__segment_rule') }}

),

final as (

    select
        versions.opportunity_id,
        versions.segment_version,
        versions.segment_id,
        versions.n_clauses,
        versions.n_known_clauses,
        versions.segment_confidence,
        versions.evidence_level,
    from versions
    inner join rules on versions.segment_version = rules.segment_version

)

select * from final
