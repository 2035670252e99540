-- One row per period and version that was on record on the as-of day, with which of them stands.
with versions as (

    select * from {{ ref('stg_ledger__period_version') }}
    where as_of_on <= {{ as_of_date() }}

),

final as (

    select
        period_on,
        version,
        version = max(version) over (partition by period_on) as is_current,
        status,
        as_of_on,
        run_id,
        content_hash,
        parquet_sha256,
        approver,
        note,
        code_version,
        n_lines,
    from versions

)

select * from final
