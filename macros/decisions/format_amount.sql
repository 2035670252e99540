{#- An amount as a sentence has it: whole, with thousands and a real minus; `unknown` for null. -#}
{% macro format_amount(amount) -%}
    coalesce(replace(format('{:,}', cast(round({{ amount }}) as bigint)), '-', '−'), 'unknown')
{%- endmacro %}
