with source as (

    {{ select_contract_columns('stripe', 'subscription_discount') }}

),

renamed as (

    select
        id as subscription_discount_id,
        subscription_id,
        coupon_id,
        start as started_at,
        "end" as ended_at,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['subscription_discount_id'], ['synced_at']) }}

),

final as (

    select
        subscription_discount_id,
        subscription_id,
        coupon_id,
        started_at,
        ended_at,
        synced_at
    from latest

)

select * from final
