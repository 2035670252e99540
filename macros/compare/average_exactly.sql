{#- A mean of doubles that does not depend on the order of rows; null where no row states one. -#}
{% macro average_exactly(value) -%}
    {{ sum_exactly(value) }} / nullif(count({{ value }}), 0)
{%- endmacro %}
