{#- Major units of one currency to major units of another at a dated rate, rounded once to two decimals. -#}
{% macro convert_amount(amount, rate) -%}
    cast(round(cast({{ amount }} as decimal(20, 2)) * cast({{ rate }} as decimal(18, 8)), 2) as decimal(18, 2))
{%- endmacro %}
