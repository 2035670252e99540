{#- True when an event time lies on or before the as-of day. -#}
{% macro was_known(timestamp_expression) -%}
    ({{ timestamp_expression }} < {{ as_of_end() }})
{%- endmacro %}
