{#- Probability that a standard normal value is below z (Abramowitz and Stegun 1964, 26.2.17; at most 1e-7 apart). -#}
{% macro get_normal_probability(z) -%}
    {%- set t = '(1 / (1 + 0.2316419 * least(abs(' ~ z ~ '), 30)))' -%}
    {%- set tail -%}
        0.3989422804014327 * exp(-0.5 * least(abs({{ z }}), 30) * least(abs({{ z }}), 30)) * {{ t }} * (
            0.319381530 + {{ t }} * (
                -0.356563782 + {{ t }} * (1.781477937 + {{ t }} * (-1.821255978 + {{ t }} * 1.330274429))
            )
        )
    {%- endset -%}
    {# least() passes over nulls, so both sides are named -#}
    case when {{ z }} >= 0 then 1 - {{ tail }} when {{ z }} < 0 then {{ tail }} end
{%- endmacro %}
