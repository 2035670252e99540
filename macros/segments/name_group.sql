{#- Name of what a number is counted in: the segment, all customers, or the customers that no segment holds. -#}
{% macro name_group(segment_id, segment_name) -%}
    coalesce({{ segment_name }}, case when {{ segment_id }} = 'all' then 'All customers' else 'Unassigned' end)
{%- endmacro %}
