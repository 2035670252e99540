{% macro parse_date(expression, kind, label) %}
    {#- Calendar date of a raw value. A text timestamp gives the date as written (dates are never shifted by
        a zone); a text month such as 2025-03 gives its first day. -#}
    {%- if kind == 'date' -%}
        {{ expression }}
    {%- elif kind == 'text' -%}
        {%- set text = get_trimmed_text(expression) -%}
        {%- set reading -%}
            coalesce(try_cast(left({{ text }}, 10) as date), try_cast({{ text }} || '-01' as date))
        {%- endset -%}
        {{ require_reading(text, reading, 'date', label) }}
    {%- else -%}
        cast({{ parse_timestamp(expression, kind, label) }} as date)
    {%- endif -%}
{% endmacro %}
