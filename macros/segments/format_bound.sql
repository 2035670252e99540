{#- A bound of a segment rule as a person reads it, with as many decimals as the signal shows; null stays null. -#}
{% macro format_bound(value, digits) -%}
    case {{ digits }}
        when 0 then format('{:.0f}', floor({{ value }}))
        when 1 then format('{:.1f}', {{ value }})
        else format('{:.2f}', {{ value }})
    end
{%- endmacro %}
