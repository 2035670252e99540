with source as (

    {{ select_contract_columns('stripe', 'credit_note_line_item') }}

),

final as (

    select
        id as credit_note_line_item_id,
        credit_note_id,
        invoice_line_item_id,
        type as line_type,
        amount as amount_minor,
        discount_amount as discount_minor,
        quantity,
        source_relation,
        _fivetran_synced as synced_at
    from source

)

select * from final
