{#- How many standard errors one ratio of sums lies above another one of other units. The arguments are lists of the six SQL
    expressions y, x, yy, xy, xx, n of get_ratio_variance. Null when either variance is unknown or both are nil. -#}
{% macro compare_ratio(group, other) -%}
    (
        cast({{ group[0] }} as double) / nullif({{ group[1] }}, 0)
        - cast({{ other[0] }} as double) / nullif({{ other[1] }}, 0)
    ) / nullif(sqrt(({{ get_ratio_variance(*group) }}) + ({{ get_ratio_variance(*other) }})), 0)
{%- endmacro %}
