-- One row per line of a month that stands as closed, as today's data say it. What counts as a line is the same as in a
-- close (orchestration/ledger/close.py): a build right after a close must find no difference.
with versions as (

    select * from {{ ref('int_ledger__version') }}
    where is_current and status <> 'open'

),

margin_lines as (

    select * from {{ ref('fct_margin_line') }}

),

reporting as (

    select exponent
    from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

final as (

    select
        versions.period_on,
        versions.version,
        margin_lines.component as measure,
        margin_lines.segment_id,
        coalesce(margin_lines.customer_id, '') as customer_id,
        margin_lines.document_type,
        margin_lines.document_id,
        coalesce(margin_lines.document_line_id, '') as document_line_id,
        coalesce(margin_lines.currency, '') as currency,
        margin_lines.amount_minor,
        {{ convert_to_major_units('margin_lines.amount_cents', 'reporting.exponent') }} as amount,
    from margin_lines
    inner join versions on margin_lines.month_on = versions.period_on
    cross join reporting

)

select * from final
