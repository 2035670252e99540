{#- Value of a component of a score as a person reads it: shares and chances in per cent, changes per week with one decimal
    and without sign, counts whole. -#}
{% macro format_component(unit, value) -%}
    case
        when {{ unit }} in ('probability', 'share', 'per ARR') then format('{:.0f} %', 100 * {{ value }})
        when {{ unit }} = 'active days per week' then format('{:.1f}', abs({{ value }}))
        else format('{:.0f}', {{ value }})
    end
{%- endmacro %}
