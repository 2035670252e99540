-- One row per account whose support is visible: an organisation or a person of the support desk is matched to it, or a
-- ticket is placed with it. Only for these does a month without tickets mean a month without cost.
with crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}
    where source_system in ('zendesk', 'zendesk_user') and account_id is not null

),

tickets as (

    select * from {{ ref('int_identity__ticket') }}
    where account_id is not null

),

signs as (

    select
        account_id,
        case source_system when 'zendesk' then 1 else 2 end as sign_order,
    from crosswalk

    union all

    select
        account_id,
        3 as sign_order,
    from tickets

),

final as (

    select
        account_id,
        case min(sign_order)
            when 1 then 'organization'
            when 2 then 'requester'
            else 'ticket'
        end as coverage_method,
    from signs
    group by account_id

)

select * from final
