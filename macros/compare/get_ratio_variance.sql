{#- Three macros for ratios of sums over independent units, by linearisation (Cochran 1977, ch. 6):
    get_ratio_variance: variance of the ratio y / x over n units; null under two units or without a denominator.
    get_ratio_spread: what one unit of the denominator varies by, squared; the variance of a group is that times xx / x^2.
    join_ratio_variances: standard error of the difference of two ratios. A group varies at least as the units of both groups do
    around the ratio of both: twenty customers that all stayed do not vary, and yet it was luck. -#}
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

{% macro join_ratio_variances(variance, x, xx, variance_other, x_other, xx_other, spread) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {#- greatest passes over nulls, and an unknown variance has to stay so -#}
    sqrt(
        {{ variance }} + greatest({{ spread }} * {{ xx }} / nullif(power(cast({{ x }} as double), 2), 0) - {{ variance }}, 0)
        + {{ variance_other }}
        + greatest(
            {{ spread }} * {{ xx_other }} / nullif(power(cast({{ x_other }} as double), 2), 0) - {{ variance_other }}, 0
        )
    )
    {%- endif %}
{%- endmacro %}
