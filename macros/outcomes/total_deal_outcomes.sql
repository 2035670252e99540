{#- The columns of sum_deal_outcomes added up over groups without a common deal. -#}
{% macro total_deal_outcomes(groups) -%}
    {%- for column in ['n_deals', 'n_won'] + list_outcome_columns(list_deal_outcomes()) %}
    sum({{ groups }}.{{ column }}) as {{ column }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
