{#- The columns of sum_deal_outcomes passed on from a group that may have no row: counts become 0, sums stay null. -#}
{% macro keep_deal_outcomes(summed) -%}
    coalesce({{ summed }}.n_deals, 0) as n_deals,
    coalesce({{ summed }}.n_won, 0) as n_won,
    coalesce({{ summed }}.n_mature_12m, 0) as n_mature_12m,
    {%- set kept = ['n_mature_12m'] %}
    {%- for outcome in list_deal_outcomes().values() %}
        {%- for column in [outcome.n, outcome.denominator, outcome.numerator] if column not in kept %}
            {%- do kept.append(column) %}
            {%- if column.startswith('n_') %}
    coalesce({{ summed }}.{{ column }}, 0) as {{ column }},
            {%- else %}
    {{ summed }}.{{ column }},
            {%- endif %}
        {%- endfor %}
        {%- if outcome.kind == 'ratio' %}
    {{ summed }}.{{ outcome.stem }}_yy,
    {{ summed }}.{{ outcome.stem }}_xy,
    {{ summed }}.{{ outcome.stem }}_xx
            {%- if not loop.last %},{% endif %}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
