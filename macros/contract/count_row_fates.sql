{% macro count_row_fates(source_name, table_name) %}
    {#- Raw rows of a table by fate, those in conflict by key: source, table_name, row_fate, row_key, n_rows,
        n_versions, followed by `union all`; nothing for an absent table. The judgement is that of
        judge_raw_table, on rows narrowed to what it looks at: planning all tables in full width takes seconds.
        The key is the grain of the source's YAML as text; it holds no content, because grains are made of ids,
        dates and codes. -#}
    {%- set from_relation = source(source_name, table_name) -%}
    {%- set node = get_source_node(source_name, table_name) if execute else none -%}
    {%- if execute and adapter.get_relation(node.database, node.schema, node.identifier) is not none -%}
        {%- set told = describe_judgement(node) -%}
        {%- set narrow = {'selected': [], 'grain': [], 'version_order': [], 'left_out': []} -%}
        {%- set key_as_text = [] -%}
        {%- for part in told.grain -%}
            {%- do narrow.selected.append(part ~ ' as key_' ~ loop.index) -%}
            {%- do narrow.grain.append('key_' ~ loop.index) -%}
            {#- concat_ws leaves out the connector of a company that has only one -#}
            {%- do key_as_text.append(
                narrow.grain[-1] if part == 'source_relation' else 'coalesce(cast(' ~ narrow.grain[-1] ~ " as varchar), '-')"
            ) -%}
        {%- endfor -%}
        {%- for part in told.version_order -%}
            {%- do narrow.selected.append(part ~ ' as version_' ~ loop.index) -%}
            {%- do narrow.version_order.append('version_' ~ loop.index) -%}
        {%- endfor -%}
        {%- for fate, condition in told.left_out -%}
            {%- do narrow.selected.append(condition ~ ' as is_' ~ fate) -%}
            {%- do narrow.left_out.append((fate, 'is_' ~ fate)) -%}
        {%- endfor -%}
        {%- do narrow.selected.append(
            (hash_values(told.content_columns) if told.content_columns else '0') ~ ' as content'
        ) -%}
        {%- set rows -%}
            (
                select {{ narrow.selected | join(', ') }}
                from ({{ read_raw_table(source_name, table_name) }}) as typed
            ) as narrowed
        {%- endset %}
    select
        '{{ source_name }}' as source,
        '{{ table_name }}' as table_name,
        row_fate,
        case when row_fate = 'conflict' then concat_ws(' / ', {{ key_as_text | join(', ') }}) end as row_key,
        count(*) as n_rows,
        case when row_fate = 'conflict' then count(distinct content_hash) end as n_versions
    from (
        {{ judge_rows(rows, narrow.grain, narrow.version_order, ['content'], narrow.left_out) }}
    ) as judged
    group by row_fate, row_key
    union all
    {%- endif -%}
{%- endmacro %}
