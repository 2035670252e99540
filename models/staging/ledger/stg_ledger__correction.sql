with source as (

    {{ select_ledger_columns('correction') }}

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
        correction_no,
        reason,
        found_on,
        is_present_before,
        is_present_after,
        amount_minor_before,
        amount_minor_after,
        amount_minor_delta,
        amount_before,
        amount_after,
        amount_delta
    from source

)

select * from final
