with source as (

    {{ select_ledger_columns('reported_line') }}

),

final as (

    select
        period_on,
        version,
        measure,
        segment_id,
        customer_id,
        document_type,
        document_id,
        document_line_id,
        currency,
        amount_minor,
        amount
    from source

)

select * from final
