{% macro judge_raw_table(source_name, table_name) %}
    {#- Every row of a raw table in contract shape, with what became of it: see judge_rows. Grain, order of
        versions and the mark of temporary rows come from the table's entry in the source YAML. -#}
    {%- if not execute -%}
        {{ read_raw_table(source_name, table_name) }}
    {%- else -%}
        {%- set node = get_source_node(source_name, table_name) -%}
        {%- set meta = node.config.meta -%}
        {%- set version_order = meta.version_order | list -%}
        {%- set content = [] -%}
        {%- for column in find_raw_columns(node) if column.raw is not none -%}
            {%- set is_key = modules.re.search('\\b' ~ column.name ~ '\\b', meta.grain | join(' ')) -%}
            {%- set is_order = modules.re.search('\\b' ~ column.name ~ '\\b', meta.version_order | join(' ')) -%}
            {%- if column.is_bookkeeping and not is_key and not is_order -%}
                {%- do version_order.append(adapter.quote(column.name)) -%}
            {%- elif not column.is_bookkeeping and not is_key -%}
                {%- do content.append(adapter.quote(column.name)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set left_out = [] -%}
        {%- if 'livemode' in node.columns -%}
            {%- do left_out.append(('test_mode', 'not coalesce(livemode, true)')) -%}
        {%- endif -%}
        {%- if 'temporary_id_prefix' in meta -%}
            {%- do left_out.append(('temporary_line', "starts_with(id, '" ~ meta.temporary_id_prefix ~ "')")) -%}
        {%- endif -%}
        with typed as (

            {{ read_raw_table(source_name, table_name) }}

        )

        select * from (
            {{ judge_rows('typed', meta.grain, version_order, content, left_out) }}
        ) as fates
    {%- endif -%}
{% endmacro %}
