with source as (

    {{ select_contract_columns('zendesk', 'ticket') }}

),

renamed as (

    select
        id as ticket_id,
        requester_id,
        organization_id,
        group_id,
        status,
        priority,
        via_channel,
        merged_ticket_ids,
        created_at,
        updated_at,
        coalesce(_fivetran_deleted, false) or lower(coalesce(status, '')) = 'deleted' as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['ticket_id'], ['synced_at', 'updated_at']) }}

),

final as (

    select
        ticket_id,
        requester_id,
        organization_id,
        group_id,
        status,
        priority,
        via_channel,
        merged_ticket_ids,
        created_at,
        updated_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
