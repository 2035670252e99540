{% macro project_contract_column(column, label) %}
    {#- One line of read_raw_table: the cast raw column, Salesforce ids at 18 characters, or a typed null when
        there is none. -#}
    {%- if column.raw is none -%}
        {%- set value = 'cast(null as ' ~ get_contract_sql_type(column.type) ~ ')' -%}
    {%- else -%}
        {%- set value = cast_contract_value(
            adapter.quote(column.raw.name), column.type, column.raw.data_type, label ~ '.' ~ column.raw.name
        ) -%}
        {%- if column.is_salesforce_id -%}
            {%- set value = normalise_salesforce_id(value | trim) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return((value | trim) ~ ' as ' ~ adapter.quote(column.name)) }}
{% endmacro %}
