{% macro read_raw_table(source_name, table_name) %}
    {#- One select that gives every row of a raw table its contract shape: present columns cast, absent ones as
        typed nulls. An absent table gives no rows. Staging models take select_contract_columns instead, which
        also leaves out what repeats or contradicts. -#}
    {%- set from_relation = source(source_name, table_name) -%}
    {%- if not execute -%}
        select null as not_compiled
    {%- else -%}
        {%- set node = get_source_node(source_name, table_name) -%}
        {%- set landed = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- set selected = [] -%}
        {%- for column in find_raw_columns(node) -%}
            {%- do selected.append(project_contract_column(column, source_name ~ '.' ~ table_name)) -%}
        {%- endfor -%}
        select
            {{ selected | join(',\n            ') }}
        {{ 'from ' ~ from_relation if landed is not none else 'where false' }}
    {%- endif -%}
{% endmacro %}
