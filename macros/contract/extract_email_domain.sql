{% macro extract_email_domain(expression) -%}
    {#- Domain of an e-mail address in lower case, null when there is no at-sign. -#}
    nullif(lower(trim(split_part({{ expression }}, '@', 2))), '')
{%- endmacro %}
