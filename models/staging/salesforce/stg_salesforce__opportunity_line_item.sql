with source as (

    {{ select_contract_columns('salesforce', 'opportunity_line_item') }}

),

renamed as (

    select
        {{ normalise_salesforce_id('id') }} as line_item_id,
        {{ normalise_salesforce_id('opportunity_id') }} as opportunity_id,
        {{ normalise_salesforce_id('product_2_id') }} as product_id,
        cast(quantity as decimal(18, 4)) as quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(list_price as decimal(18, 4)) as list_price,
        cast(total_price as decimal(18, 2)) as total_price,
        cast(discount as decimal(18, 4)) as discount_pct,
        service_date as service_on,
        created_date as created_at,
        coalesce(is_deleted, false) as is_deleted,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['line_item_id'], ['synced_at']) }}

),

final as (

    select
        line_item_id,
        opportunity_id,
        product_id,
        quantity,
        unit_price,
        list_price,
        total_price,
        discount_pct,
        service_on,
        created_at,
        is_deleted,
        synced_at
    from latest

)

select * from final
