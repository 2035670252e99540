{% macro describe_judgement(source_node) %}
    {#- What judge_rows is told about a raw table, as a dict of grain, version_order, content_columns and left_out.
        Grain, order of versions and the mark of temporary rows come from the table's entry in the source YAML;
        what the loader wrote breaks ties and is no content. -#}
    {%- set meta = source_node.config.meta -%}
    {%- set version_order = meta.version_order | list -%}
    {%- set content_columns = [] -%}
    {%- for column in find_raw_columns(source_node) if column.raw is not none -%}
        {%- set is_key = modules.re.search('\\b' ~ column.name ~ '\\b', meta.grain | join(' ')) -%}
        {%- set is_order = modules.re.search('\\b' ~ column.name ~ '\\b', meta.version_order | join(' ')) -%}
        {%- if column.is_bookkeeping and not is_key and not is_order -%}
            {%- do version_order.append(adapter.quote(column.name)) -%}
        {%- elif not column.is_bookkeeping and not is_key -%}
            {%- do content_columns.append(adapter.quote(column.name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set left_out = [] -%}
    {%- set is_test_mode = find_test_mode(source_node) -%}
    {%- if is_test_mode is not none -%}
        {%- do left_out.append(('test_mode', is_test_mode)) -%}
    {%- endif -%}
    {%- if 'temporary_id_prefix' in meta -%}
        {%- do left_out.append(('temporary_line', "starts_with(id, '" ~ meta.temporary_id_prefix ~ "')")) -%}
    {%- endif -%}
    {{ return({
        'grain': meta.grain,
        'version_order': version_order,
        'content_columns': content_columns,
        'left_out': left_out,
    }) }}
{% endmacro %}
