{% macro select_contract_columns(source_name, table_name, extra_columns=[]) %}
    {#- One select that gives a raw table its contract shape: present columns cast, absent ones as typed
        nulls. An absent table gives no rows; an absent key column stops the build. Example: {{
        select_contract_columns('salesforce', 'user', [('hours_c', 'num', 'weekly_hours')]) }} -#}
    {%- set from_relation = source(source_name, table_name) -%}
    {%- if not execute -%}
        select null as not_compiled
    {%- else -%}
        {%- set node = get_source_node(source_name, table_name) -%}
        {%- set landed = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- set raw_columns = adapter.get_columns_in_relation(landed) if landed is not none else [] -%}
        {%- set label = source_name ~ '.' ~ table_name -%}
        {%- set selected = [] -%}
        {%- for column in list_contract_columns(node, extra_columns) -%}
            {%- set raw_column = find_raw_column(raw_columns, column.raw_names) -%}
            {%- if raw_column is none and landed is not none and column.level == 'K' -%}
                {{ raise_missing_column(label, column.name) }}
            {%- endif -%}
            {%- do selected.append(project_contract_column(column, raw_column, label)) -%}
        {%- endfor -%}
        select
            {{ selected | join(',\n            ') }}
        {{ 'from ' ~ from_relation if landed is not none else 'where false' }}
    {%- endif -%}
{% endmacro %}
