with source as (

    {{ select_contract_columns('finance', 'gl_monthly') }}

),

final as (

    select
        cast(date_trunc('month', month) as date) as month_on,
        account_code,
        segment_key,
        upper(currency) as currency,
        cast(amount as decimal(18, 2)) as amount,
        _fivetran_synced as synced_at
    from source

)

select * from final
