{#- Percentage points as a sentence has them: one decimal, none where it is nought, a real minus; `unknown` for null. -#}
{% macro format_points(points) -%}
    case
        when {{ points }} is null then 'unknown'
        -- what rounds to nothing has no sign
        when abs({{ points }}) < 0.05 then '0'
        else replace(regexp_replace(format('{:.1f}', cast({{ points }} as double)), '\.0$', ''), '-', '−')
    end
{%- endmacro %}
