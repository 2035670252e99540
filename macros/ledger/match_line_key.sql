{% macro match_line_key(left, right) -%}
    {#- The condition that two relations speak of the same line of the same version of a period. -#}
    {{ left }}.period_on = {{ right }}.period_on
            and {{ left }}.version = {{ right }}.version
    {%- for column in list_line_key() %}
            and {{ left }}.{{ column }} = {{ right }}.{{ column }}
    {%- endfor %}
{%- endmacro %}
