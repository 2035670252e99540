{% macro total_raw_rows(chain) %}
    {#- Control totals of one raw table by currency: one row of step `raw` counted on the landed table itself, and one per
        fate of its rows, kept ones included. Columns chain, step, currency, n_rows, n_keys, amount_minor, followed by
        `union all`; nothing for an absent table. The keys of a fate are those of which no row is kept, each under one
        fate, so that keys add up as rows do. -#}
    {%- set from_relation = source('stripe', chain.table) -%}
    {%- set node = get_source_node('stripe', chain.table) if execute else none -%}
    {%- if execute and adapter.get_relation(node.database, node.schema, node.identifier) is not none -%}
        {%- set currency = 'upper(currency)' if chain.amount else "''" -%}
        {%- set amount = chain.amount or 'cast(null as bigint)' -%}
        {%- set narrow = narrow_raw_table('stripe', chain.table, [
            chain.key ~ ' as document_key', currency ~ ' as document_currency', amount ~ ' as document_minor',
        ]) %}
    select
        '{{ chain.chain }}' as chain,
        'raw' as step,
        coalesce({{ currency }}, '') as currency,
        count(*) as n_rows,
        count(distinct coalesce({{ chain.key }}, '')) as n_keys,
        cast(sum({{ amount }}) as bigint) as amount_minor
    from ({{ read_raw_table('stripe', chain.table) }}) as typed
    group by coalesce({{ currency }}, '')
    union all
    select
        '{{ chain.chain }}' as chain,
        row_fate as step,
        document_currency as currency,
        count(*) as n_rows,
        count(distinct document_key) filter (where is_key_of_fate) as n_keys,
        cast(sum(document_minor) as bigint) as amount_minor
    from (
        select
            row_fate,
            document_minor,
            coalesce(document_key, '') as document_key,
            coalesce(document_currency, '') as document_currency,
            row_fate = first_value(row_fate) over (
                partition by document_key, document_currency
                order by case row_fate when 'kept' then 0 when 'conflict' then 1 else 2 end, row_fate
            ) as is_key_of_fate
        from (
            {{ judge_rows(narrow.rows, narrow.grain, narrow.version_order, ['content'], narrow.left_out) }}
        ) as judged
    ) as keyed
    group by row_fate, document_currency
    union all
    {%- endif -%}
{%- endmacro %}
