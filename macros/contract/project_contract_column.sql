{% macro project_contract_column(column, raw_column, label) %}
    {#- One line of the contract select: the cast raw column, or a typed null when there is none. -#}
    {%- if raw_column is none -%}
        {%- set value = 'cast(null as ' ~ get_contract_sql_type(column.type) ~ ')' -%}
    {%- else -%}
        {%- set value = cast_contract_value(
            adapter.quote(raw_column.name), column.type, raw_column.data_type, label ~ '.' ~ raw_column.name
        ) -%}
    {%- endif -%}
    {{ return((value | trim) ~ ' as ' ~ adapter.quote(column.name)) }}
{% endmacro %}
