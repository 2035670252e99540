{% macro parse_boolean(expression, kind, label) %}
    {#- Truth value of a raw value: booleans, numbers (0 is false) and the usual words in any case. -#}
    {%- if kind == 'boolean' -%}
        {{ expression }}
    {%- elif kind in ('integer', 'decimal', 'float') -%}
        {{ expression }} <> 0
    {%- else -%}
        {%- set text = get_trimmed_text(expression) -%}
        {%- set reading -%}
            case
                    when lower({{ text }}) in ('true', 't', 'yes', 'y', '1', '1.0') then true
                    when lower({{ text }}) in ('false', 'f', 'no', 'n', '0', '0.0') then false
                end
        {%- endset -%}
        {{ require_reading(text, reading, 'bool', label) }}
    {%- endif -%}
{% endmacro %}
