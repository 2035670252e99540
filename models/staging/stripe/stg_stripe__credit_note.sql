with source as (

    {{ select_contract_columns('stripe', 'credit_note') }}

),

final as (

    select
        id as credit_note_id,
        invoice_id,
        refund_id,
        status as credit_note_status,
        type as credit_note_type,
        reason,
        amount as amount_minor,
        subtotal as subtotal_minor,
        discount_amount as discount_minor,
        total as total_minor,
        upper(currency) as currency,
        created as created_at,
        voided_at,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
