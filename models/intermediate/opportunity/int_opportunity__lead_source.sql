-- One row per opportunity that a lead was converted to: where the lead came from. A lead can no longer be edited once it was
-- converted, so its source is the one of that day.
with leads as (

    select * from {{ ref('stg_salesforce__lead') }}

),

final as (

    select
        converted_opportunity_id as opportunity_id,
        -- | parts the categories of a rule
        replace(lower(trim(arg_min(lead_source, lead_id))), '|', '/') as lead_source,
        min(converted_on) as converted_on,
    from leads
    where
        is_converted
        and not is_deleted
        and converted_opportunity_id is not null
        and nullif(trim(lead_source), '') is not null
        and converted_on <= {{ as_of_date() }}
        and {{ was_loaded('synced_at') }}
    group by converted_opportunity_id

)

select * from final
