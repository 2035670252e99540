{#- Probability that the group is better than the other one, from the standard errors between them (compare_share,
    compare_ratio): `better` is `higher` or `lower`. Null when they cannot be compared. -#}
{% macro get_probability_better(z, better) -%}
    {%- if better not in ('higher', 'lower') -%}
        {{ exceptions.raise_compiler_error("get_probability_better: better must be higher or lower, not " ~ better) }}
    {%- endif -%}
    round({{ get_normal_probability(('' if better == 'higher' else '-1 * ') ~ '(' ~ z ~ ')') }}, 4)
{%- endmacro %}
