-- Weeks before the one that is being decided: a build says the same before and after its own week was issued, and a
-- look back sees no advice of its future.
with source as (

    {{ select_ledger_columns('issued_week') }}

),

final as (

    select
        decision_week_on,
        version,
        version = max(version) over (partition by decision_week_on) as is_latest,
        as_of_on as as_of_date,
        issued_at,
        run_id,
        content_hash,
        parquet_sha256,
        note,
        code_version,
        n_plays,
    from source
    where decision_week_on < {{ get_week_start(as_of_date()) }}

)

select * from final
