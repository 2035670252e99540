with source as (

    {{ select_contract_columns('zendesk', 'ticket_field_history') }}

),

renamed as (

    select
        ticket_id,
        field_name,
        value as field_value,
        updated as updated_at,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['ticket_id', 'field_name', 'updated_at'], ['synced_at']) }}

),

final as (

    select
        ticket_id,
        field_name,
        field_value,
        updated_at,
        synced_at
    from latest

)

select * from final
