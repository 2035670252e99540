with source as (

    {{ select_contract_columns('finance', 'product_margin') }}

),

final as (

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

)

select * from final
