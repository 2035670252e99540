-- One row per line of a closed month that today's data say differently from what was reported and corrected so far.
-- The reason is told from the whole document line: one that only moved between customers or segments is no new amount.
with states as (

    select * from {{ ref('int_ledger__line_state') }}

),

lines_now as (

    select
        *,
        true as is_there,
    from {{ ref('int_ledger__line_now') }}

),

voided_documents as (

    select invoice_id as document_id
    from {{ ref('stg_stripe__invoice') }}
    where status = 'void' or is_deleted

    union all

    select credit_note_id as document_id
    from {{ ref('stg_stripe__credit_note') }}
    where credit_note_status = 'void'

),

compared as (

    select
        coalesce(states.period_on, lines_now.period_on) as period_on,
        coalesce(states.version, lines_now.version) as version,
        {% for column in list_line_key() -%}
            coalesce(states.{{ column }}, lines_now.{{ column }}) as {{ column }},
        {% endfor -%}
        coalesce(states.n_corrections, 0) + 1 as correction_no,
        coalesce(states.is_present, false) as is_present_before,
        coalesce(lines_now.is_there, false) as is_present_after,
        states.amount_minor as amount_minor_before,
        lines_now.amount_minor as amount_minor_after,
        states.amount as amount_before,
        lines_now.amount as amount_after,
    from states
    full outer join lines_now
        on {{ match_line_key('states', 'lines_now') }}

),

documented as (

    select
        *,
        bool_or(is_present_before) over document_line as was_document_line,
        bool_or(is_present_after) over document_line as is_document_line,
        coalesce(sum(amount_minor_before) over document_line, 0) as document_minor_before,
        coalesce(sum(amount_minor_after) over document_line, 0) as document_minor_after,
        coalesce(sum(amount_before) over document_line, 0) as document_amount_before,
        coalesce(sum(amount_after) over document_line, 0) as document_amount_after,
        count(amount_minor_before) over document_line as n_minor_before,
    from compared
    window document_line as (
        partition by period_on, version, measure, document_type, document_id, document_line_id
    )

),

changed as (

    select * from documented
    where
        is_present_before <> is_present_after
        or amount_minor_before is distinct from amount_minor_after
        or amount_before is distinct from amount_after

),

final as (

    select
        changed.period_on,
        changed.version,
        {% for column in list_line_key() -%}
            changed.{{ column }},
        {% endfor -%}
        cast(changed.correction_no as integer) as correction_no,
        case
            when not changed.was_document_line then 'late_document'
            when not changed.is_document_line and voided_documents.document_id is not null then 'voided_document'
            when not changed.is_document_line then 'removed_document'
            when
                changed.is_present_before <> changed.is_present_after
                and changed.document_minor_before = changed.document_minor_after
                and changed.document_amount_before = changed.document_amount_after
                then 'reclassified'
            when
                changed.n_minor_before > 0 and changed.document_minor_before = changed.document_minor_after
                then 'changed_rate'
            else 'changed_amount'
        end as reason,
        {{ as_of_date() }} as found_on,
        changed.is_present_before,
        changed.is_present_after,
        changed.amount_minor_before,
        changed.amount_minor_after,
        coalesce(changed.amount_minor_after, 0) - coalesce(changed.amount_minor_before, 0) as amount_minor_delta,
        changed.amount_before,
        changed.amount_after,
        cast(coalesce(changed.amount_after, 0) - coalesce(changed.amount_before, 0) as decimal(20, 3)) as amount_delta,
    from changed
    left join voided_documents on changed.document_id = voided_documents.document_id

)

select * from final
