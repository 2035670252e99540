-- One row per opportunity and contact that had a role on it by the as-of day: from when until when. A role deleted at an
-- unknown time is left out altogether.
with contact_roles as (

    select
        opportunity_id,
        contact_id,
        created_at,
        case
            when not is_deleted then timestamp '9999-12-31'
            else modified_at
        end as ended_at,
    from {{ ref('stg_salesforce__opportunity_contact_role') }}
    where {{ was_known('created_at') }} and {{ was_loaded('synced_at') }}

),

final as (

    select
        opportunity_id,
        contact_id,
        min(created_at) as joined_at,
        max(ended_at) as left_at,
    from contact_roles
    where ended_at > created_at
    group by opportunity_id, contact_id

)

select * from final
