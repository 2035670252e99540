with source as (

    {{ select_contract_columns('salesforce', 'product_2') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as product_id,
        name as product_name,
        family as product_family,
        product_code,
        is_active,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['product_id'], ['synced_at']) }}

),

final as (

    select
        product_id,
        product_name,
        product_family,
        product_code,
        is_active,
        is_deleted,
        synced_at
    from latest

)

select * from final
