{#- Value of a deal signal as of the build's date: the present row when it has not changed since, else the field history. -#}
{% macro read_signal_as_of(signal_key, sql_type) -%}
    {%- set column = var('field_map').get(signal_key, '') -%}
    {%- set field_key = modules.re.sub('[^a-z0-9]', '', column | lower) -%}
    case
        when states.is_row_current then opportunities.{{ signal_key }}
        {%- if field_key %}
        else try_cast(max(fields.value_text) filter (where fields.field_key = '{{ field_key }}') as {{ sql_type }})
        {%- endif %}
    end as {{ signal_key }}
{%- endmacro %}
