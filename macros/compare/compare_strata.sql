{#- Three macros for setting a ratio of sums in one group beside that in another one within strata, so that both hold the same mix
    of strata in the denominator. For events, whose denominator is a count, the difference of the two is that of Mantel and
    Haenszel (1959). `group` and `other` are lists of the SQL expressions y, x, yy, xy, xx, n of get_ratio_variance in one stratum.
    get_overlap_weight: what a group counts in the stratum: the share of the other one in the denominator. Both then weigh the
    same in each stratum, and strata where one of them is missing weigh nothing.
    get_weighted_ratio: a ratio of two sums.
    get_stratum_spread: what the stratum adds to the variance of weighted y of the group less that of the other one, around the
    ratio of both together: members dealt to the groups at random would lie that far apart. Nil where a group is missing. -#}
{% macro get_overlap_weight(x, x_other) -%}
    (cast({{ x_other }} as double) / nullif({{ x }} + {{ x_other }}, 0))
{%- endmacro %}

{% macro get_weighted_ratio(y, x) -%}
    (cast({{ y }} as double) / nullif({{ x }}, 0))
{%- endmacro %}

{% macro get_stratum_spread(group, other) -%}
    {%- set n_both = '(' ~ group[5] ~ ' + ' ~ other[5] ~ ')' %}
    {%- set ratio = get_weighted_ratio('(' ~ group[0] ~ ' + ' ~ other[0] ~ ')', '(' ~ group[1] ~ ' + ' ~ other[1] ~ ')') %}
    {%- set parts = [] %}
    {%- for own, against in [(group, other), (other, group)] %}
        {%- do parts.append(
            'power(' ~ get_overlap_weight(own[1], against[1]) ~ ', 2) * greatest(cast(' ~ own[2] ~ ' as double) - 2 * ' ~ ratio
            ~ ' * cast(' ~ own[3] ~ ' as double) + ' ~ ratio ~ ' * ' ~ ratio ~ ' * cast(' ~ own[4] ~ ' as double), 0)'
        ) %}
    {%- endfor -%}
    case
        when {{ group[5] }} > 0 and {{ other[5] }} > 0
            then ({{ parts[0] }} + {{ parts[1] }}) * {{ n_both }} / ({{ n_both }} - 1)
        else 0
    end
{%- endmacro %}
