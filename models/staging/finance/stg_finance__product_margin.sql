with source as (

    {{ select_contract_columns('finance', 'product_margin', [('_fivetran_synced', 'ts')]) }}

),

renamed as (

    select
        product_key,
        valid_from as valid_from_on,
        valid_to as valid_to_on,
        cast(
            case when abs(gross_margin_pct) > 1 then gross_margin_pct * 0.01 else gross_margin_pct end
            as decimal(9, 6)
        ) as gross_margin_rate,
        _fivetran_synced as synced_at
    from source

),

latest as (

    {{ dedupe_latest('renamed', ['product_key', 'valid_from_on'], ['synced_at']) }}

),

final as (

    select
        product_key,
        valid_from_on,
        valid_to_on,
        gross_margin_rate,
        synced_at
    from latest

)

select * from final
