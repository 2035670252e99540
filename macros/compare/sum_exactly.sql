{#- A sum of doubles that does not depend on their order: each is cut at twelve decimals first. -#}
{% macro sum_exactly(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double)
{%- endmacro %}
