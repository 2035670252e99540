-- One row per ticket that existed on the as-of day: whose it was and whether it was closed or deleted then. What the
-- field history tells goes before the present row.
with tickets as (

    select
        *,
        cast(ticket_id as varchar) as ticket_key,
        coalesce({{ was_known('updated_at') }}, true) as is_row_current,
    from {{ ref('stg_zendesk__ticket') }}
    where {{ was_known('created_at') }}

),

field_changes as (

    select
        cast(changes.ticket_id as varchar) as ticket_key,
        lower(changes.field_name) as field_name,
        {{ scope_like('changes.field_value', 'changes.ticket_id') }} as id_value,
        lower(changes.field_value) as text_value,
        changes.updated_at,
        {{ was_known('changes.updated_at') }} as was_known,
        -- the first values are written by the creation itself and the triggers that it sets off
        changes.updated_at <= tickets.created_at + interval '1 minute' as is_creation,
    from {{ ref('stg_zendesk__ticket_field_history') }} as changes
    inner join tickets on cast(changes.ticket_id as varchar) = tickets.ticket_key
    where lower(changes.field_name) in ('organization_id', 'requester_id', 'status')

),

tracked as (

    select
        coalesce(bool_or(field_name = 'organization_id'), false) as has_organizations,
        coalesce(bool_or(field_name = 'requester_id'), false) as has_requesters,
    from field_changes

),

-- arg_max skips nulls, so a value that was emptied again counts for what it was before
per_ticket as (

    select
        ticket_key,
        {%- for field_name in ['organization_id', 'requester_id'] %}
            bool_or(field_name = '{{ field_name }}') as has_{{ field_name }},
            coalesce(
                arg_max(id_value, updated_at) filter (where field_name = '{{ field_name }}' and is_creation and was_known),
                arg_max(id_value, updated_at) filter (where field_name = '{{ field_name }}' and was_known)
            ) as {{ field_name }},
        {%- endfor %}
        coalesce(bool_or(field_name = 'status' and text_value = 'closed'), false) as has_closing,
        coalesce(bool_or(field_name = 'status' and text_value = 'closed' and was_known), false) as was_closed,
    from field_changes
    group by ticket_key

),

final as (

    select
        tickets.ticket_key as ticket_id,
        case
            when per_ticket.has_organization_id then per_ticket.organization_id
            -- a tracked field without a change is as it always was; an untracked one is only known of an untouched row
            when tickets.is_row_current or tracked.has_organizations then cast(tickets.organization_id as varchar)
        end as organization_id,
        case
            when per_ticket.has_requester_id then per_ticket.requester_id
            else cast(tickets.requester_id as varchar)
        end as requester_id,
        case
            when per_ticket.has_organization_id then 'history'
            when tickets.is_row_current or tracked.has_organizations then 'row'
            else 'unknown'
        end as organization_source,
        tickets.created_at,
        tickets.is_row_current,
        -- a merge closes its source for good, so the closing dates it; without one the untouched row stands
        case
            when per_ticket.has_closing then per_ticket.was_closed
            else tickets.is_row_current
        end as is_merge_known,
        tickets.is_deleted and tickets.is_row_current as is_deleted,
        tickets.merged_ticket_ids,
    from tickets
    cross join tracked
    left join per_ticket on tickets.ticket_key = per_ticket.ticket_key

)

select * from final
