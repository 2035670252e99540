with source as (

    {{ select_contract_columns('stripe', 'subscription_item') }}

),

renamed as (

    select
        id as subscription_item_id,
        subscription_id,
        plan_id as price_id,
        quantity,
        created as created_at,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['subscription_item_id'], ['synced_at']) }}

),

final as (

    select
        subscription_item_id,
        subscription_id,
        price_id,
        quantity,
        created_at,
        synced_at
    from latest

)

select * from final
