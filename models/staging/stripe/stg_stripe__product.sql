with source as (

    {{ select_contract_columns('stripe', 'product') }}

),

renamed as (

    select
        id as stripe_product_id,
        name as product_name,
        _fivetran_synced as synced_at
    from source
    where coalesce(livemode, true)

),

latest as (

    {{ dedupe_latest('renamed', ['stripe_product_id'], ['synced_at']) }}

),

final as (

    select
        stripe_product_id,
        product_name,
        synced_at
    from latest

)

select * from final
