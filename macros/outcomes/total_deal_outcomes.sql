{#- The columns of sum_deal_outcomes added up over groups without a common deal. -#}
{% macro total_deal_outcomes(groups) -%}
    {%- set columns = ['n_deals', 'n_won', 'n_mature_12m'] %}
    {%- for outcome in list_deal_outcomes().values() %}
        {%- for column in [outcome.n, outcome.denominator, outcome.numerator] if column not in columns %}
            {%- do columns.append(column) %}
        {%- endfor %}
        {%- if outcome.kind == 'ratio' %}
            {%- do columns.extend([outcome.stem ~ '_yy', outcome.stem ~ '_xy', outcome.stem ~ '_xx']) %}
        {%- endif %}
    {%- endfor %}
    {%- for column in columns %}
    sum({{ groups }}.{{ column }}) as {{ column }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
