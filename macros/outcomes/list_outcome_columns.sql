{#- Two lists of the columns that sum_deal_outcomes gives:
    list_outcome_sums: of one outcome, those that its comparison takes, numerator and denominator first.
    list_outcome_columns: of all outcomes, each once, in their order, without `left_out`. -#}
{% macro list_outcome_sums(outcome) -%}
    {%- set columns = [outcome.numerator, outcome.denominator] %}
    {%- if outcome.kind == 'ratio' %}
        {%- do columns.extend([outcome.stem ~ '_yy', outcome.stem ~ '_xy', outcome.stem ~ '_xx', outcome.n]) %}
    {%- endif %}
    {{ return(columns) }}
{%- endmacro %}

{% macro list_outcome_columns(outcomes, left_out=[]) -%}
    {%- set columns = [] %}
    {%- for outcome in outcomes.values() %}
        {%- set own = [outcome.n, outcome.denominator, outcome.numerator] %}
        {%- if outcome.kind == 'ratio' %}
            {%- do own.extend([outcome.stem ~ '_yy', outcome.stem ~ '_xy', outcome.stem ~ '_xx']) %}
        {%- endif %}
        {%- for column in own if column not in left_out and column not in columns %}
            {%- do columns.append(column) %}
        {%- endfor %}
    {%- endfor %}
    {{ return(columns) }}
{%- endmacro %}
