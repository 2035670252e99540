with source as (

    {{ select_contract_columns('stripe', 'refund') }}

),

final as (

    select
        id as refund_id,
        charge_id,
        payment_intent_id,
        customer_id as stripe_customer_id,
        balance_transaction_id,
        status as refund_status,
        reason,
        amount as amount_minor,
        upper(currency) as currency,
        created as created_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
