-- One row per period and version of its close. Its amounts are those of the contribution margin: the sum of all its
-- components; measures of MRR stand in fct_period_close_line.
with versions as (

    select * from {{ ref('int_ledger__version') }}

),

line_sums as (

    select
        period_on,
        version,
        cast(sum(as_reported_amount) as decimal(20, 3)) as as_reported_amount,
        cast(sum(corrections_amount) as decimal(20, 3)) as corrections_amount,
        cast(sum(as_restated_amount) as decimal(20, 3)) as as_restated_amount,
        cast(sum(today_amount) as decimal(20, 3)) as today_amount,
    from {{ ref('fct_period_close_line') }}
    where not starts_with(measure, 'mrr_')
    group by period_on, version

),

correction_counts as (

    select
        period_on,
        version,
        count(*) as n_corrections,
        count(distinct document_type || '/' || document_id) filter (
            where reason = 'late_document' and document_type <> 'mrr_movement'
        ) as n_late_documents,
        max(found_on) as last_corrected_on,
    from {{ ref('fct_period_correction') }}
    group by period_on, version

),

final as (

    select
        versions.period_on,
        versions.version,
        versions.status,
        versions.is_current,
        versions.as_of_on,
        versions.run_id,
        versions.content_hash,
        versions.parquet_sha256,
        versions.approver,
        versions.note,
        versions.code_version,
        versions.n_lines,
        case when versions.status <> 'open' then coalesce(line_sums.as_reported_amount, 0) end as as_reported_amount,
        case when versions.status <> 'open' then coalesce(line_sums.corrections_amount, 0) end as corrections_amount,
        case when versions.status <> 'open' then coalesce(line_sums.as_restated_amount, 0) end as as_restated_amount,
        case
            when versions.status <> 'open' and versions.is_current then coalesce(line_sums.today_amount, 0)
        end as today_amount,
        coalesce(correction_counts.n_corrections, 0) as n_corrections,
        coalesce(correction_counts.n_late_documents, 0) as n_late_documents,
        correction_counts.last_corrected_on,
    from versions
    left join line_sums
        on versions.period_on = line_sums.period_on and versions.version = line_sums.version
    left join correction_counts
        on versions.period_on = correction_counts.period_on and versions.version = correction_counts.version

)

select * from final
