with source as (

    {{ select_contract_columns('zendesk', 'ticket') }}

),

final as (

    select
        {{ scope_id('id') }} as ticket_id,
        {{ scope_id('requester_id') }} as requester_id,
        {{ scope_id('submitter_id') }} as submitter_id,
        {{ scope_id('assignee_id') }} as assignee_id,
        {{ scope_id('organization_id') }} as organization_id,
        group_id,
        brand_id,
        status,
        priority,
        type as ticket_type,
        via_channel,
        external_id,
        {{ scope_id('problem_id') }} as problem_id,
        has_incidents,
        is_public,
        {{ scope_id_list('merged_ticket_ids') }} as merged_ticket_ids,
        {{ scope_id_list('followup_ids') }} as followup_ids,
        created_at,
        updated_at,
        due_at,
        coalesce(_fivetran_deleted, false) or lower(coalesce(status, '')) = 'deleted' as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
