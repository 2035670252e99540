{#- How many standard errors one ratio of sums lies above another one of other units. The arguments are lists of the six SQL
    expressions y, x, yy, xy, xx, n of get_ratio_variance. Null when either variance is unknown or both are nil. -#}
{% macro compare_ratio(group, other) -%}
    {%- set both = [] %}
    {%- for column in range(6) %}
        {%- do both.append('(' ~ group[column] ~ ' + ' ~ other[column] ~ ')') %}
    {%- endfor -%}
    (
        cast({{ group[0] }} as double) / nullif({{ group[1] }}, 0)
        - cast({{ other[0] }} as double) / nullif({{ other[1] }}, 0)
    ) / nullif({{ join_ratio_variances(
        '(' ~ get_ratio_variance(*group) ~ ')', group[1], group[4], '(' ~ get_ratio_variance(*other) ~ ')', other[1], other[4],
        '(' ~ get_ratio_spread(*both) ~ ')'
    ) }}, 0)
{%- endmacro %}
