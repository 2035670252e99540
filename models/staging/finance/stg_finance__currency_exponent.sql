with source as (

    {{ select_contract_columns('finance', 'currency_exponent') }}

),

final as (

    select
        upper(currency) as currency,
        exponent,
        _fivetran_synced as synced_at
    from source

)

select * from final
