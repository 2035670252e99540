{% macro select_contract_columns(source_name, table_name) %}
    {#- The rows of a raw table that staging keeps, in contract shape: one row per key of the table's grain, the
        newest version of it. What is left out, and why, is judged by judge_rows and counted in
        stg_landing__row_fate. Example: {{ select_contract_columns('salesforce', 'user') }} -#}
    {%- if not execute -%}
        {{ read_raw_table(source_name, table_name) }}
    {%- else -%}
        {%- set names = [] -%}
        {%- for column in list_contract_columns(get_source_node(source_name, table_name)) -%}
            {%- do names.append(adapter.quote(column.name)) -%}
        {%- endfor -%}
        select
            {{ names | join(',\n            ') }}
        from (
            {{ judge_raw_table(source_name, table_name) }}
        ) as judged
        where row_fate = 'kept'
    {%- endif -%}
{% endmacro %}
