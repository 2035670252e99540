{% macro parse_number(expression, kind, contract_type, label) %}
    {#- Decimal of a raw value; NaN, as some exporters write for null, is null. -#}
    {%- set sql_type = get_contract_sql_type(contract_type) -%}
    {%- if kind in ('integer', 'decimal', 'boolean') -%}
        cast({{ expression }} as {{ sql_type }})
    {%- elif kind == 'float' -%}
        {%- set number = "nullif(" ~ expression ~ ", cast('nan' as double))" -%}
        {{ require_reading(number, 'try_cast(' ~ number ~ ' as ' ~ sql_type ~ ')', contract_type, label) }}
    {%- else -%}
        {%- set text = get_trimmed_text(expression) -%}
        {{ require_reading(text, 'try_cast(' ~ text ~ ' as ' ~ sql_type ~ ')', contract_type, label) }}
    {%- endif -%}
{% endmacro %}
