with source as (

    {{ select_contract_columns('zendesk', 'organization') }}

),

renamed as (

    select
        id as organization_id,
        name as organization_name,
        {{ hash_name_tokens('name') }} as name_tokens,
        {{ normalise_salesforce_id('external_id') }} as external_id,
        created_at,
        _fivetran_synced as synced_at,
        updated_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['organization_id'], ['synced_at', 'updated_at']) }}

),

final as (

    select
        organization_id,
        organization_name,
        name_tokens,
        external_id,
        created_at,
        synced_at
    from latest

)

select * from final
