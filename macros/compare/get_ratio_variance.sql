{#- Variance of a ratio of sums over n independent units, by linearisation (Cochran 1977, ch. 6). Null under two units or
    without a denominator. -#}
{% macro get_ratio_variance(y, x, yy, xy, xx, n) -%}
    {%- set ratio = '(cast(' ~ y ~ ' as double) / nullif(' ~ x ~ ', 0))' -%}
    case
        when {{ n }} > 1
            then greatest(
                cast({{ yy }} as double) - 2 * {{ ratio }} * cast({{ xy }} as double)
                + {{ ratio }} * {{ ratio }} * cast({{ xx }} as double), 0
            ) * {{ n }} / ({{ n }} - 1) / (cast({{ x }} as double) * cast({{ x }} as double))
    end
{%- endmacro %}
