-- One row per open opportunity and record behind its scores: the row of the CRM, of usage or of the deal desk that a number
-- rests on, by its id in the source. Names and words of people stay out. Minutes may be summed over work; nothing else adds up.
with evidence as (

    select * from {{ ref('fct_opportunity_evidence') }}

),

final as (

    select
        opportunity_id,
        {{ as_of_date() }} as as_of_date,
        evidence_kind,
        source_table,
        record_id,
        happened_on,
        contact_id,
        minutes,
        detail,
    from evidence

)

select * from final
