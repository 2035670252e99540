-- One row per support ticket that existed on the as-of day, deleted ones included: which account it is about and by what,
-- and whether it counts as a ticket of its own. Ways are tried in the order of the seed ticket_placement.
with tickets as (

    select * from {{ ref('int_identity__ticket_field') }}

),

merged_tickets as (

    select * from {{ ref('int_identity__ticket_merge') }}

),

crosswalk as (

    select * from {{ ref('int_identity__crosswalk') }}

),

ways as (

    select * from {{ ref('ticket_placement') }}

),

support_users as (

    select
        cast(zendesk_user_id as varchar) as requester_id,
        cast(organization_id as varchar) as organization_id,
        email_domain,
        coalesce(lower(user_role) in ('agent', 'admin'), false) as is_agent,
    from {{ ref('stg_zendesk__user') }}

),

agent_domains as (

    select distinct email_domain
    from support_users
    where is_agent and email_domain not in (select freemail.domain_name from {{ ref('freemail_domain') }} as freemail)

),

asked as (

    select
        tickets.*,
        support_users.organization_id as default_organization_id,
        coalesce(support_users.is_agent, false) as is_asked_by_agent,
        agent_domains.email_domain is not null as is_asked_by_colleague,
    from tickets
    left join support_users on tickets.requester_id = support_users.requester_id
    left join agent_domains on support_users.email_domain = agent_domains.email_domain

),

signs as (

    select
        ticket_id,
        'organization' as match_method,
        'zendesk' as source_system,
        organization_id as source_id,
    from asked
    union all
    select
        ticket_id,
        'requester' as match_method,
        'zendesk_user' as source_system,
        requester_id as source_id,
    from asked
    union all
    select
        ticket_id,
        'requester_organization' as match_method,
        'zendesk' as source_system,
        default_organization_id as source_id,
    from asked

),

ranked as (

    select
        signs.ticket_id,
        signs.match_method,
        crosswalk.account_id,
        crosswalk.match_method as identity_method,
        cast(crosswalk.match_confidence * ways.confidence_factor as decimal(5, 4)) as match_confidence,
        bool_or(crosswalk.is_ambiguous) over (partition by signs.ticket_id) as has_ambiguous_sign,
        row_number() over (
            partition by signs.ticket_id order by case when crosswalk.account_id is null then 1 else 0 end, ways.rule_order
        ) as way_rank,
    from signs
    inner join ways on signs.match_method = ways.match_method
    inner join crosswalk on signs.source_system = crosswalk.source_system and signs.source_id = crosswalk.source_id

),

placed as (

    select
        asked.ticket_id,
        case
            when asked.is_asked_by_agent then 'internal'
            when ranked.account_id is not null then ranked.match_method
            -- who writes from the agents' own domain and is nobody's customer is a colleague
            when asked.is_asked_by_colleague then 'internal'
            else 'unplaced'
        end as match_method,
        case when not asked.is_asked_by_agent then ranked.account_id end as account_id,
        ranked.identity_method,
        ranked.match_confidence,
        coalesce(ranked.has_ambiguous_sign, false) as has_ambiguous_sign,
    from asked
    left join ranked on asked.ticket_id = ranked.ticket_id and ranked.way_rank = 1

),

-- what was merged was about the customer of its target; where the target has none, about its own
final as (

    select
        asked.ticket_id,
        coalesce(targets.account_id, own.account_id) as account_id,
        case when targets.account_id is not null then targets.match_method else own.match_method end as match_method,
        case
            when targets.account_id is not null then targets.identity_method
            when own.account_id is not null then own.identity_method
        end as identity_method,
        case
            when targets.account_id is not null then targets.match_confidence
            when own.account_id is not null then own.match_confidence
        end as match_confidence,
        own.match_method = 'unplaced' and targets.account_id is null and own.has_ambiguous_sign as is_ambiguous,
        own.match_method = 'internal' and targets.account_id is null as is_internal,
        asked.is_deleted,
        merged_tickets.ticket_id is not null as is_merged_source,
        merged_tickets.merged_into_ticket_id,
        -- a ticket of its own: what was merged away or deleted cost time and is no request
        merged_tickets.ticket_id is null and not asked.is_deleted as is_counted,
        asked.organization_id,
        asked.organization_source,
        asked.requester_id,
        asked.created_at,
    from asked
    inner join placed as own on asked.ticket_id = own.ticket_id
    left join merged_tickets on asked.ticket_id = merged_tickets.ticket_id
    left join placed as targets on merged_tickets.merged_into_ticket_id = targets.ticket_id

)

select * from final
