{#- Within a group of one opportunity's tracked fields: the text of the field that the company maps to a signal, else null. -#}
{% macro pick_tracked_value(signal_key) -%}
    max(case when field_key = '{{ get_field_key(signal_key) }}' then value_text end)
{%- endmacro %}
