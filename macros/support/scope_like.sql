{#- An id that was recorded as a bare value, written as the key beside it is written: with the connector's prefix
    (`prefix:`) where that key has one. Null when the value is empty. -#}
{% macro scope_like(value_expression, key_expression) -%}
    (
        regexp_extract(cast({{ key_expression }} as varchar), '^(.*:)?', 0)
        || nullif(trim(cast({{ value_expression }} as varchar)), '')
    )
{%- endmacro %}
