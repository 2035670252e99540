{#- One end of the 90 % interval of a ratio of sums over n independent units, by linearisation (Cochran 1977, ch. 6): `sign` is -1
    for the lower end and +1 for the upper one. Null under two units or without a denominator. -#}
{% macro bound_ratio(y, x, yy, xy, xx, n, sign) -%}
    {%- set ratio = '(cast(' ~ y ~ ' as double) / ' ~ x ~ ')' -%}
    case
        when {{ n }} > 1 and {{ x }} != 0
            then {{ ratio }} + {{ sign }} * 1.6448536269514722 * sqrt(
                greatest({{ yy }} - 2 * {{ ratio }} * {{ xy }} + {{ ratio }} * {{ ratio }} * {{ xx }}, 0)
                * {{ n }} / ({{ n }} - 1)
            ) / abs(cast({{ x }} as double))
    end
{%- endmacro %}
