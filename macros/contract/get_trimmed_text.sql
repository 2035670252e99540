{% macro get_trimmed_text(expression) -%}
    {#- Text of a value without surrounding blanks; nothing left is null. -#}
    {{ return("nullif(trim(cast(" ~ expression ~ " as varchar)), '')") }}
{%- endmacro %}
