with source as (

    {{ select_contract_columns('salesforce', 'product_2') }}

),

final as (

    select
        id as product_id,
        name as product_name,
        family as product_family,
        product_code,
        is_active,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
