with source as (

    {{ select_contract_columns('salesforce', 'currency_type') }}

),

final as (

    select
        id as currency_type_id,
        upper(iso_code) as currency,
        cast(conversion_rate as decimal(28, 8)) as units_per_corporate_unit,
        is_active,
        is_corporate,
        decimal_places,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
