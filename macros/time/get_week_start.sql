{#- The Monday of the calendar week of a day. -#}
{% macro get_week_start(day) -%}
cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}
