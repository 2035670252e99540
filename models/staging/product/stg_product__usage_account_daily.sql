with source as (

    {{ select_contract_columns('product', 'usage_account_daily') }}

),

final as (

    select
        account_id,
        date_day as usage_on,
        active_users,
        events,
        cast(minutes as decimal(18, 2)) as minutes,
        features_used,
        seats_entitled,
        _fivetran_synced as synced_at
    from source

)

select * from final
