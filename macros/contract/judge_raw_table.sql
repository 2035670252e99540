{% macro judge_raw_table(source_name, table_name) %}
    {#- Every row of a raw table in contract shape, with what became of it: see judge_rows. -#}
    {%- if not execute -%}
        {{ read_raw_table(source_name, table_name) }}
    {%- else -%}
        {%- set told = describe_judgement(get_source_node(source_name, table_name)) -%}
        {%- set typed = '(' ~ read_raw_table(source_name, table_name) ~ ') as typed' -%}
        {{ judge_rows(typed, told.grain, told.version_order, told.content_columns, told.left_out) }}
    {%- endif -%}
{% endmacro %}
