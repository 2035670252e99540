{#- One end of the 90 % interval of one ratio of sums less another one of other units: `sign` is -1 for the lower end and +1 for
    the upper one. The lists are those of compare_ratio. Null when either variance is unknown. -#}
{% macro bound_ratio_difference(group, other, sign) -%}
    cast({{ group[0] }} as double) / nullif({{ group[1] }}, 0) - cast({{ other[0] }} as double) / nullif({{ other[1] }}, 0)
    + {{ sign }} * 1.6448536269514722 * sqrt(({{ get_ratio_variance(*group) }}) + ({{ get_ratio_variance(*other) }}))
{%- endmacro %}
