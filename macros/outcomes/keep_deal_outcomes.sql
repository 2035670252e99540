{#- The columns of sum_deal_outcomes passed on from a group that may have no row: counts become 0, sums stay null. -#}
{% macro keep_deal_outcomes(summed) -%}
    {%- for column in ['n_deals', 'n_won', 'n_mature_12m'] %}
    coalesce({{ summed }}.{{ column }}, 0) as {{ column }},
    {%- endfor %}
    {{ keep_outcomes(summed, list_deal_outcomes()) }}
{%- endmacro %}

{#- The same for the columns of `outcomes` alone; n_mature_12m is the caller's. -#}
{% macro keep_outcomes(summed, outcomes) -%}
    {%- for column in list_outcome_columns(outcomes, left_out=['n_mature_12m']) %}
        {%- if column.startswith('n_') %}
    coalesce({{ summed }}.{{ column }}, 0) as {{ column }}
        {%- else %}
    {{ summed }}.{{ column }}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
