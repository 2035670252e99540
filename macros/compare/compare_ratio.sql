{#- How many standard errors one ratio of sums lies above another one of other units. The arguments are lists of the six SQL
    expressions y, x, yy, xy, xx, n of get_ratio_variance. A group varies at least as the units of both groups do around
    the ratio of both: twenty customers that all stayed do not vary, and yet it was luck. Null when either variance is
    unknown or both are nil. -#}
{% macro compare_ratio(group, other) -%}
    {%- set both = [] %}
    {%- for column in range(6) %}
        {%- do both.append('(' ~ group[column] ~ ' + ' ~ other[column] ~ ')') %}
    {%- endfor %}
    {%- set ratio = '(cast(' ~ both[0] ~ ' as double) / nullif(' ~ both[1] ~ ', 0))' %}
    {%- set per_square -%}
        (
            cast({{ both[2] }} as double) - 2 * {{ ratio }} * cast({{ both[3] }} as double)
            + {{ ratio }} * {{ ratio }} * cast({{ both[4] }} as double)
        ) / nullif(cast({{ both[4] }} as double), 0) * {{ both[5] }} / nullif({{ both[5] }} - 1, 0)
    {%- endset %}
    {%- set variances = [] %}
    {%- for sums in [group, other] %}
        {%- set own = '(' ~ get_ratio_variance(*sums) ~ ')' %}
        {%- set shared = per_square ~ ' * cast(' ~ sums[4] ~ ' as double) / nullif(cast(' ~ sums[1] ~ ' as double) * ' ~ sums[1] ~ ', 0)' %}
        {#- greatest passes over nulls, and an unknown variance has to stay so #}
        {%- do variances.append(own ~ ' + greatest(' ~ shared ~ ' - ' ~ own ~ ', 0)') %}
    {%- endfor -%}
    (
        cast({{ group[0] }} as double) / nullif({{ group[1] }}, 0)
        - cast({{ other[0] }} as double) / nullif({{ other[1] }}, 0)
    ) / nullif(sqrt({{ variances[0] }} + {{ variances[1] }}), 0)
{%- endmacro %}
