{% macro raise_value_error(value, contract_type, label) -%}
    {#- Expression that stops the query, naming column, value and expected type. -#}
    {{ return(adapter.dispatch('raise_value_error')(value, contract_type, label)) }}
{%- endmacro %}

{% macro default__raise_value_error(value, contract_type, label) -%}
    error(
                        '{{ label }}: cannot read "' || {{ value }} || '" as {{ contract_type }}. '
                        || 'Next step: correct the value in the export.'
                    )
{%- endmacro %}
