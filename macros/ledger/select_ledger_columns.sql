{% macro select_ledger_columns(table_name) %}
    {#- The rows of a ledger table with the columns and types that its source YAML declares; none where landing wrote
        no ledger, so that a work file made by hand builds too. -#}
    {%- set relation = source('ledger', table_name) -%}
    {%- if not execute -%}
        select null as not_compiled
    {%- else -%}
        {%- set node = get_source_node('ledger', table_name) -%}
        {%- set landed = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- set selected = [] -%}
        {%- for name, column in node.columns.items() -%}
            {%- set value = name if landed is not none else 'null' -%}
            {%- do selected.append('cast(' ~ value ~ ' as ' ~ column.data_type ~ ') as ' ~ name) -%}
        {%- endfor -%}
        select
            {{ selected | join(',\n            ') }}
        {{ 'from ' ~ relation if landed is not none else 'where false' }}
    {%- endif -%}
{% endmacro %}
