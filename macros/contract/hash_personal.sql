{% macro hash_personal(expression) -%}
    {#- SHA-256 of a personal value, lower-cased and trimmed, so that equal addresses meet without being
        readable. -#}
    {{ return(adapter.dispatch('hash_personal')(expression)) }}
{%- endmacro %}

{% macro default__hash_personal(expression) -%}
    sha256(nullif(lower(trim({{ expression }})), ''))
{%- endmacro %}
