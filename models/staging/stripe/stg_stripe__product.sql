with source as (

    {{ select_contract_columns('stripe', 'product') }}

),

final as (

    select
        {{ scope_id('id') }} as stripe_product_id,
        id as product_ref,
        name as product_name,
        type as product_type,
        active as is_active,
        created as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
