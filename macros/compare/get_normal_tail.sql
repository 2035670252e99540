{#- Probability that a standard normal value is farther from nil than z, on one side (Abramowitz and Stegun 1964, 26.2.17; at most
    1e-7 apart). Without z it is no number of use: least() passes over nulls. -#}
{% macro get_normal_tail(z) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {%- set t = '(1 / (1 + 0.2316419 * least(abs(' ~ z ~ '), 30)))' -%}
    (
        0.3989422804014327 * exp(-0.5 * power(least(abs({{ z }}), 30), 2)) * {{ t }} * (
            0.319381530 + {{ t }} * (
                -0.356563782 + {{ t }} * (1.781477937 + {{ t }} * (-1.821255978 + {{ t }} * 1.330274429))
            )
        )
    )
    {%- endif %}
{%- endmacro %}
