{#- Third of the open stages, by which hours and cards are chosen. -#}
{% macro stage_band(stage_position) -%}
    case
        when coalesce({{ stage_position }}, 0) < 0.34 then 'early'
        when {{ stage_position }} < 0.67 then 'middle'
        else 'late'
    end
{%- endmacro %}
