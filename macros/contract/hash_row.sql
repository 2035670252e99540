{% macro hash_row(relation) -%}
    {#- A number or text that depends on every column of a row of the named CTE. Equal rows give equal
        hashes. -#}
    {{ return(adapter.dispatch('hash_row')(relation)) }}
{%- endmacro %}

{% macro default__hash_row(relation) -%}
    hash({{ relation }})
{%- endmacro %}
