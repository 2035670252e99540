{#- One end of the 90 % interval of a ratio of sums over n independent units, by linearisation: `sign` is -1 for the lower end and
    +1 for the upper one; cut at `least` and `most`, which the ratio cannot pass. Null under two units or without a denominator. -#}
{% macro bound_ratio(y, x, yy, xy, xx, n, sign, least=none, most=none) -%}
    {{ cut_to_range(
        'cast(' ~ y ~ ' as double) / nullif(' ~ x ~ ', 0) + ' ~ sign ~ ' * 1.6448536269514722 * sqrt('
        ~ get_ratio_variance(y, x, yy, xy, xx, n) ~ ')', least, most
    ) }}
{%- endmacro %}
