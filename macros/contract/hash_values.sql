{% macro hash_values(expressions) -%}
    {#- A number that depends on every value. Equal values give equal hashes, nulls included. -#}
    {{ return(adapter.dispatch('hash_values')(expressions)) }}
{%- endmacro %}

{% macro default__hash_values(expressions) -%}
    hash({{ expressions | join(', ') }})
{%- endmacro %}
