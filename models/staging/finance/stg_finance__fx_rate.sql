with source as (

    {{ select_contract_columns('finance', 'fx_rate') }}

),

final as (

    select
        rate_date as rate_on,
        upper(from_currency) as from_currency,
        upper(to_currency) as to_currency,
        cast(exact_rate as decimal(28, 12)) as rate,
        _fivetran_synced as synced_at
    from source

)

select * from final
