-- One row per opportunity and contact with a role on the deal: since when and until when, what the role says of its
-- seniority and whether it decides about the purchase.
with stakeholders as (

    select * from {{ ref('int_opportunity__stakeholder') }}

),

contact_roles as (

    select * from {{ ref('stg_salesforce__opportunity_contact_role') }}
    where {{ was_known('created_at') }} and {{ was_loaded('synced_at') }}

),

patterns as (

    select * from {{ ref('contact_level') }}
    where read_from = 'role'

),

named_roles as (

    select
        contact_roles.opportunity_id,
        contact_roles.contact_id,
        -- executive sorts before management and that before specialist
        arg_min(patterns.level, (patterns.priority, patterns.level)) as level,
        bool_or(patterns.decides) as is_decider,
    from contact_roles
    inner join patterns on {{ pad_words('contact_roles.contact_role') }} like patterns.pattern
    group by contact_roles.opportunity_id, contact_roles.contact_id

),

final as (

    select
        stakeholders.opportunity_id,
        stakeholders.contact_id,
        stakeholders.joined_at,
        stakeholders.left_at,
        named_roles.level,
        coalesce(named_roles.is_decider, false) as is_decider,
    from stakeholders
    left join named_roles
        on stakeholders.opportunity_id = named_roles.opportunity_id and stakeholders.contact_id = named_roles.contact_id

)

select * from final
