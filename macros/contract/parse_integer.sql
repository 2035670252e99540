{% macro parse_integer(expression, kind, label) %}
    {#- Whole number of a raw value. 12.0 reads 12; a true fraction stops the query instead of being
        rounded. -#}
    {%- if kind in ('integer', 'boolean') -%}
        cast({{ expression }} as bigint)
    {%- else -%}
        {%- set value = get_trimmed_text(expression) if kind != 'float'
            else "nullif(" ~ expression ~ ", cast('nan' as double))" -%}
        {%- set number = 'try_cast(' ~ value ~ ' as decimal(38, 6))' -%}
        {%- set reading = 'case when ' ~ number ~ ' % 1 = 0 then cast(' ~ number ~ ' as bigint) end' -%}
        {{ require_reading(value, reading, 'int', label) }}
    {%- endif -%}
{% endmacro %}
