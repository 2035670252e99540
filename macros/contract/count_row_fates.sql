{% macro count_row_fates(source_name, table_name) %}
    {#- Raw rows of a table by fate, those in conflict by key: source, table_name, row_fate, row_key, n_rows,
        n_versions, followed by `union all`; nothing for an absent table. The key is the grain of the source's
        YAML as text; it holds no content, because grains are made of ids, dates and codes. -#}
    {%- set from_relation = source(source_name, table_name) -%}
    {%- set node = get_source_node(source_name, table_name) if execute else none -%}
    {%- if execute and adapter.get_relation(node.database, node.schema, node.identifier) is not none -%}
        {%- set parts = [] -%}
        {%- for part in node.config.meta.grain -%}
            {#- concat_ws leaves out the connector of a company that has only one -#}
            {%- do parts.append(part if part == 'source_relation' else "coalesce(cast(" ~ part ~ " as varchar), '-')") -%}
        {%- endfor -%}
    select
        '{{ source_name }}' as source,
        '{{ table_name }}' as table_name,
        row_fate,
        case when row_fate = 'conflict' then concat_ws(' / ', {{ parts | join(', ') }}) end as row_key,
        count(*) as n_rows,
        case when row_fate = 'conflict' then count(distinct content_hash) end as n_versions
    from (
        {{ judge_raw_table(source_name, table_name) }}
    ) as judged
    group by row_fate, row_key
    union all
    {%- endif -%}
{%- endmacro %}
