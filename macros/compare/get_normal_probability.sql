{#- Probability that a standard normal value is below z; null without z. -#}
{% macro get_normal_probability(z) -%}
    0.5 + sign({{ z }}) * (0.5 - {{ get_normal_tail(z) }})
{%- endmacro %}
