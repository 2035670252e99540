with source as (

    {{ select_contract_columns('zendesk', 'satisfaction_rating') }}

),

final as (

    select
        {{ scope_id('id') }} as satisfaction_rating_id,
        {{ scope_id('ticket_id') }} as ticket_id,
        {{ scope_id('requester_id') }} as requester_id,
        {{ scope_id('assignee_id') }} as assignee_id,
        group_id,
        lower(score) as score,
        reason,
        created_at,
        updated_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
