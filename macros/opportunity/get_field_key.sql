{#- Key under which changes of the field that the company maps to a signal are kept: its name, letters and digits only. Empty when
    the company maps none. -#}
{% macro get_field_key(signal_key) -%}
{{ return(modules.re.sub('[^a-z0-9]', '', var('field_map').get(signal_key, '') | lower)) }}
{%- endmacro %}
