with source as (

    {{ select_contract_columns('zendesk', 'ticket_tag') }}

),

renamed as (

    select
        ticket_id,
        tag,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['ticket_id', 'tag'], ['synced_at']) }}

),

final as (

    select
        ticket_id,
        tag,
        synced_at
    from latest

)

select * from final
