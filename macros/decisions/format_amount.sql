{#- An amount as a sentence has it: whole, with thousands; `unknown` for null. -#}
{% macro format_amount(amount) -%}
    coalesce(format('{:,}', cast(round({{ amount }}) as bigint)), 'unknown')
{%- endmacro %}
