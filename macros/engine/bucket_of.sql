{#- 32-way bucket of a customer, the same on every engine: first hex digit of the hash times 2, plus the parity of
    the second. Standard errors of money are jackknifed over it. -#}
{% macro bucket_of(key_expression) -%}
    (
        (strpos('0123456789abcdef', substr(md5({{ key_expression }}), 1, 1)) - 1) * 2
        + (strpos('0123456789abcdef', substr(md5({{ key_expression }}), 2, 1)) - 1) % 2
    )
{%- endmacro %}
