with source as (

    {{ select_contract_columns('zendesk', 'ticket_field_history') }}

),

final as (

    select
        {{ scope_id('ticket_id') }} as ticket_id,
        field_name,
        case
            -- these fields hold ids, which must meet the ids of the other tables
            when lower(field_name) in ('organization_id', 'requester_id', 'submitter_id', 'assignee_id')
                then {{ scope_id('value') }}
            -- other fields may hold subjects, addresses and names: of them only the moment stays
            when lower(field_name) in ('status', 'priority', 'group_id', 'type') or field_name = '{{ var("ticket_time_field") }}'
                then value
        end as field_value,
        {{ scope_id('user_id') }} as changed_by_user_id,
        updated as updated_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
