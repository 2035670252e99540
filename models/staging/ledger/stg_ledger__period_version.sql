with source as (

    {{ select_ledger_columns('period_version') }}

),

final as (

    select
        period_on,
        version,
        status,
        as_of_on,
        run_id,
        content_hash,
        parquet_sha256,
        approver,
        note,
        code_version,
        n_lines
    from source

)

select * from final
