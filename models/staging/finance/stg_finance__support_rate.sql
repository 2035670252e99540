with source as (

    {{ select_contract_columns('finance', 'support_rate') }}

),

final as (

    select
        valid_from as valid_from_on,
        cast(rate_per_hour as decimal(18, 4)) as rate_per_hour,
        upper(currency) as currency,
        group_id,
        role as role_name,
        _fivetran_synced as synced_at
    from source

)

select * from final
