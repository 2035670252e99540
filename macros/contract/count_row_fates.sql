{% macro count_row_fates(source_name, table_name) %}
    {#- Raw rows of a table by fate, those in conflict by key: source, table_name, row_fate, row_key, n_rows,
        n_versions, followed by `union all`; nothing for an absent table. The judgement is that of
        judge_raw_table, on rows narrowed to what it looks at. -#}
    {%- set from_relation = source(source_name, table_name) -%}
    {%- set node = get_source_node(source_name, table_name) if execute else none -%}
    {%- if execute and adapter.get_relation(node.database, node.schema, node.identifier) is not none -%}
        {%- set narrow = narrow_raw_table(source_name, table_name) %}
    select
        '{{ source_name }}' as source,
        '{{ table_name }}' as table_name,
        row_fate,
        case when row_fate = 'conflict' then concat_ws(' / ', {{ narrow.key_as_text | join(', ') }}) end as row_key,
        count(*) as n_rows,
        case when row_fate = 'conflict' then count(distinct content_hash) end as n_versions
    from (
        {{ judge_rows(narrow.rows, narrow.grain, narrow.version_order, ['content'], narrow.left_out) }}
    ) as judged
    group by row_fate, row_key
    union all
    {%- endif -%}
{%- endmacro %}
