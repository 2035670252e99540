{% macro find_raw_columns(source_node) %}
    {#- The columns of list_contract_columns, each with `raw`: the landed column that carries it, or none. A
        landed table without a column of level K stops the build. -#}
    {%- set landed = adapter.get_relation(source_node.database, source_node.schema, source_node.identifier) -%}
    {%- set raw_columns = adapter.get_columns_in_relation(landed) if landed is not none else [] -%}
    {%- set found = [] -%}
    {%- for column in list_contract_columns(source_node) -%}
        {%- set raw_column = find_raw_column(raw_columns, column.raw_names) -%}
        {%- if raw_column is none and landed is not none and column.level == 'K' -%}
            {{ raise_missing_column(source_node.source_name ~ '.' ~ source_node.name, column.name) }}
        {%- endif -%}
        {%- do found.append(dict(column, raw=raw_column)) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
