-- One row per line of a month that stands as closed, as today's data say it: lines of the margin, and movements of MRR by
-- customer. What counts as a line is the same as in a close (orchestration/ledger/close.py): a build right after a close
-- must find no difference.
with versions as (

    select * from {{ ref('int_ledger__version') }}
    where is_current and status <> 'open'

),

margin_lines as (

    select * from {{ ref('fct_margin_line') }}

),

mrr_movements as (

    select * from {{ ref('fct_mrr_movement_month') }}

),

reporting as (

    select exponent
    from {{ ref('int_revenue__currency') }}
    where is_reporting_currency

),

unioned as (

    select
        month_on,
        component as measure,
        segment_id,
        coalesce(customer_id, '') as customer_id,
        document_type,
        document_id,
        coalesce(document_line_id, '') as document_line_id,
        coalesce(currency, '') as currency,
        amount_minor,
        amount_cents,
    from margin_lines

    {% for movement in list_mrr_measures() -%}
        union all

        select
            month_on,
            'mrr_{{ movement }}' as measure,
            segment_id,
            customer_id,
            'mrr_movement' as document_type,
            customer_id as document_id,
            '' as document_line_id,
            currency,
            cast(null as bigint) as amount_minor,
            {{ movement }}_cents as amount_cents,
        from mrr_movements
        where {{ movement }}_cents is distinct from 0

    {% endfor -%}
),

final as (

    select
        versions.period_on,
        versions.version,
        {% for column in list_line_key() -%}
            unioned.{{ column }},
        {% endfor -%}
        unioned.amount_minor,
        {{ convert_to_major_units('unioned.amount_cents', 'reporting.exponent') }} as amount,
    from unioned
    inner join versions on unioned.month_on = versions.period_on
    cross join reporting

)

select * from final
