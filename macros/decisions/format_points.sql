{#- Percentage points as a sentence has them: one decimal, none where it is nought; `unknown` for null. -#}
{% macro format_points(points) -%}
    coalesce(regexp_replace(format('{:.1f}', cast({{ points }} as double)), '\.0$', ''), 'unknown')
{%- endmacro %}
