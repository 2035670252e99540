with source as (

    {{ select_contract_columns('salesforce', 'dated_conversion_rate') }}

),

final as (

    select
        id as dated_conversion_rate_id,
        upper(iso_code) as currency,
        cast(conversion_rate as decimal(28, 8)) as units_per_corporate_unit,
        start_date as valid_from_on,
        next_start_date as valid_until_on,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
