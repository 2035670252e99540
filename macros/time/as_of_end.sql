{#- First instant after the as-of day, UTC. What is known is strictly before it. -#}
{% macro as_of_end() -%}
    cast({{ as_of_date() }} + interval '1 day' as timestamp)
{%- endmacro %}
