with source as (

    {{ select_contract_columns('zendesk', 'domain_name') }}

),

renamed as (

    select
        organization_id,
        index as domain_index,
        lower(trim(domain_name)) as domain_name,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['organization_id', 'domain_index'], ['synced_at']) }}

),

final as (

    select
        organization_id,
        domain_index,
        domain_name,
        synced_at
    from latest

)

select * from final
