with source as (

    {{ select_contract_columns('stripe', 'payment_intent') }}

),

final as (

    select
        id as payment_intent_id,
        customer_id as stripe_customer_id,
        status as payment_intent_status,
        amount as amount_minor,
        amount_received as amount_received_minor,
        upper(currency) as currency,
        last_payment_error_code,
        created as created_at,
        canceled_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
