{#- Within a group of one opportunity's tracked fields: the text of the field that the company maps to a signal, else null. -#}
{% macro pick_tracked_value(signal_key) -%}
    {%- set field_key = modules.re.sub('[^a-z0-9]', '', var('field_map').get(signal_key, '') | lower) -%}
    max(case when field_key = '{{ field_key }}' then value_text end)
{%- endmacro %}
