{#- Boolean expression that stops the query with a message of text. -#}
{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'segment_intelligence')(message)) }}
{%- endmacro %}

{% macro default__raise_error(message) -%}
    cast(error({{ message }}) as boolean)
{%- endmacro %}
