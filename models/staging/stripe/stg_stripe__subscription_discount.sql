with source as (

    {{ select_contract_columns('stripe', 'subscription_discount') }}

),

final as (

    select
        id as subscription_discount_id,
        subscription_id,
        customer_id as stripe_customer_id,
        {{ scope_id('coupon_id') }} as coupon_id,
        start as started_at,
        "end" as ended_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
