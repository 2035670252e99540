with source as (

    {{ select_contract_columns('stripe', 'balance_transaction') }}

),

final as (

    select
        id as balance_transaction_id,
        source as source_ref,
        type as transaction_type,
        reporting_category,
        status as transaction_status,
        amount as amount_minor,
        fee as fee_minor,
        net as net_minor,
        upper(currency) as currency,
        cast(exchange_rate as decimal(28, 8)) as exchange_rate,
        payout_id,
        connected_account_id,
        created as created_at,
        available_on as available_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
