-- One row per version of a close, measure, segment and currency: as reported, corrections, as restated, and for the
-- version that stands what today's data say.
with versions as (

    select * from {{ ref('int_ledger__version') }}

),

reported as (

    select
        lines.period_on,
        lines.version,
        lines.measure,
        lines.segment_id,
        lines.currency,
        count(*) as n_reported_lines,
        0 as n_corrections,
        cast(coalesce(sum(lines.amount_minor), 0) as bigint) as as_reported_minor,
        0 as corrections_minor,
        0 as today_minor,
        cast(coalesce(sum(lines.amount), 0) as decimal(20, 3)) as as_reported_amount,
        cast(0 as decimal(20, 3)) as corrections_amount,
        cast(0 as decimal(20, 3)) as today_amount,
    from {{ ref('stg_ledger__reported_line') }} as lines
    inner join versions on lines.period_on = versions.period_on and lines.version = versions.version
    group by lines.period_on, lines.version, lines.measure, lines.segment_id, lines.currency

),

corrected as (

    select
        period_on,
        version,
        measure,
        segment_id,
        currency,
        0 as n_reported_lines,
        count(*) as n_corrections,
        0 as as_reported_minor,
        cast(sum(amount_minor_delta) as bigint) as corrections_minor,
        0 as today_minor,
        cast(0 as decimal(20, 3)) as as_reported_amount,
        cast(sum(amount_delta) as decimal(20, 3)) as corrections_amount,
        cast(0 as decimal(20, 3)) as today_amount,
    from {{ ref('fct_period_correction') }}
    group by period_on, version, measure, segment_id, currency

),

today as (

    select
        period_on,
        version,
        measure,
        segment_id,
        currency,
        0 as n_reported_lines,
        0 as n_corrections,
        0 as as_reported_minor,
        0 as corrections_minor,
        cast(coalesce(sum(amount_minor), 0) as bigint) as today_minor,
        cast(0 as decimal(20, 3)) as as_reported_amount,
        cast(0 as decimal(20, 3)) as corrections_amount,
        cast(coalesce(sum(amount), 0) as decimal(20, 3)) as today_amount,
    from {{ ref('int_ledger__line_now') }}
    group by period_on, version, measure, segment_id, currency

),

unioned as (

    select * from reported
    union all
    select * from corrected
    union all
    select * from today

),

summed as (

    select
        period_on,
        version,
        measure,
        segment_id,
        currency,
        sum(n_reported_lines) as n_reported_lines,
        sum(n_corrections) as n_corrections,
        sum(as_reported_minor) as as_reported_minor,
        sum(corrections_minor) as corrections_minor,
        sum(today_minor) as today_minor,
        sum(as_reported_amount) as as_reported_amount,
        sum(corrections_amount) as corrections_amount,
        sum(today_amount) as today_amount,
    from unioned
    group by period_on, version, measure, segment_id, currency

),

final as (

    select
        summed.period_on,
        summed.version,
        summed.measure,
        summed.segment_id,
        summed.currency,
        versions.is_current and versions.status <> 'open' as is_standing,
        cast(summed.n_reported_lines as bigint) as n_reported_lines,
        cast(summed.n_corrections as bigint) as n_corrections,
        cast(summed.as_reported_minor as bigint) as as_reported_minor,
        cast(summed.corrections_minor as bigint) as corrections_minor,
        cast(summed.as_reported_minor + summed.corrections_minor as bigint) as as_restated_minor,
        case
            when versions.is_current and versions.status <> 'open' then cast(summed.today_minor as bigint)
        end as today_minor,
        cast(summed.as_reported_amount as decimal(20, 3)) as as_reported_amount,
        cast(summed.corrections_amount as decimal(20, 3)) as corrections_amount,
        cast(summed.as_reported_amount + summed.corrections_amount as decimal(20, 3)) as as_restated_amount,
        case
            when versions.is_current and versions.status <> 'open' then cast(summed.today_amount as decimal(20, 3))
        end as today_amount,
    from summed
    inner join versions on summed.period_on = versions.period_on and summed.version = versions.version

)

select * from final
