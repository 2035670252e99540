with source as (

    {{ select_contract_columns('salesforce', 'opportunity_line_item') }}

),

final as (

    select
        id as line_item_id,
        opportunity_id,
        product_2_id as product_id,
        product_code,
        pricebook_entry_id,
        cast(quantity as decimal(18, 4)) as quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(list_price as decimal(18, 4)) as list_price,
        cast(total_price as decimal(18, 2)) as total_price,
        cast(discount as decimal(18, 4)) as discount_pct,
        service_date as service_on,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
