with source as (

    {{ select_contract_columns('stripe', 'charge') }}

),

final as (

    select
        id as charge_id,
        customer_id as stripe_customer_id,
        invoice_id,
        payment_intent_id,
        balance_transaction_id,
        status as charge_status,
        amount as amount_minor,
        amount_refunded as amount_refunded_minor,
        upper(currency) as currency,
        paid as is_paid,
        captured as is_captured,
        refunded as is_refunded,
        failure_code,
        created as created_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
