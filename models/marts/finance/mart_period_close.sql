-- One row per period and version of its close: who closed it, what was reported, what was corrected since, what that
-- makes.
with versions as (

    select * from {{ ref('fct_period_close') }}

),

final as (

    select
        strftime(period_on, '%Y-%m') as period,
        period_on,
        version,
        status,
        is_current,
        as_of_on as closed_on,
        run_id,
        content_hash,
        parquet_sha256,
        approver,
        note,
        code_version,
        n_lines,
        as_reported_amount,
        corrections_amount,
        as_restated_amount,
        today_amount,
        n_corrections,
        n_late_documents,
        last_corrected_on,
        {{ as_of_date() }} as as_of_date,
    from versions

)

select * from final
