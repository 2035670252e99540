-- One row per opportunity and version of the segments that ever was in force: the segment whose every clause it meets, and
-- how sure that is.
with clauses as (

    select * from {{ ref('int_opportunity__segment_clause') }}

),

final as (

    select
        opportunity_id,
        segment_version,
        segment_id,
        count(*) as n_clauses,
        count(*) filter (where is_known) as n_known_clauses,
        round(product(side_probability), 4) as segment_confidence,
        case
            -- the one segment of all deals asks nothing
            when bool_and(is_known or coalesce(abs(threshold) > 1e9, false)) then 'full'
            when bool_or(is_known) then 'partial'
            else 'none'
        end as evidence_level,
    from clauses
    group by opportunity_id, segment_version, segment_id

)

select * from final
