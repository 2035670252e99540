{#- Four macros for ratios of sums over independent units, by linearisation (Cochran 1977, ch. 6):
    get_ratio_variance: variance of the ratio y / x over n units; null under two units or without a denominator.
    get_ratio_spread: what one unit of the denominator varies by, squared; the variance of a group is that times xx / x^2.
    raise_variance: a variance that is at least what `spread` would make it. A group varies at least as the units of both groups do
    around the ratio of both: twenty customers that all stayed do not vary, and yet it was luck.
    join_ratio_variances: standard error of the difference of two ratios, each raised so. -#}
{% macro get_ratio_spread(y, x, yy, xy, xx, n) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {%- set ratio = 'cast(' ~ y ~ ' as double) / nullif(' ~ x ~ ', 0)' -%}
    case
        when {{ n }} > 1
            then greatest(
                {{ yy }} - {{ ratio }} * (2 * cast({{ xy }} as double) - {{ ratio }} * {{ xx }}), 0
            ) / nullif(cast({{ xx }} as double), 0) * {{ n }} / ({{ n }} - 1)
    end
    {%- endif %}
{%- endmacro %}

{% macro get_ratio_variance(y, x, yy, xy, xx, n) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    ({{ get_ratio_spread(y, x, yy, xy, xx, n) }}) * {{ xx }} / nullif(power(cast({{ x }} as double), 2), 0)
    {%- endif %}
{%- endmacro %}

{% macro raise_variance(variance, x, xx, spread) -%}
    {#- greatest passes over nulls, and an unknown variance has to stay so -#}
    {{ variance }} + greatest({{ spread }} * {{ xx }} / nullif(power(cast({{ x }} as double), 2), 0) - {{ variance }}, 0)
{%- endmacro %}

{% macro join_ratio_variances(variance, x, xx, variance_other, x_other, xx_other, spread) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    sqrt(
        {{ raise_variance(variance, x, xx, spread) }} + {{ raise_variance(variance_other, x_other, xx_other, spread) }}
    )
    {%- endif %}
{%- endmacro %}
