{#- Four macros for a mart that shows rates of list_deal_outcomes (or of `outcomes`, a dictionary like it) by group, one for each step:
    score_outcomes: how far each rate of the group lies from the rest of the company, in standard errors (`*_z`) and as the chance
    of luck (`*_chance`); `own` and `company` are aliases of rows with the columns of sum_deal_outcomes, the company holding the group.
    adjust_outcomes: the first step of the false call rate over all rows of the query.
    rate_outcome_calls: the second step.
    show_outcomes: what readers see. -#}
{% macro score_outcomes(own, company, outcomes=none) -%}
    {%- for name, outcome in (outcomes or list_deal_outcomes()).items() %}
        {%- if outcome.kind == 'share' %}
            {%- set k, n = outcome.numerator, outcome.denominator %}
            {%- set z = compare_share(
                own ~ '.' ~ k, own ~ '.' ~ n,
                '(' ~ company ~ '.' ~ k ~ ' - ' ~ own ~ '.' ~ k ~ ')', '(' ~ company ~ '.' ~ n ~ ' - ' ~ own ~ '.' ~ n ~ ')'
            ) %}
        {%- else %}
            {%- set group, rest = [], [] %}
            {%- for column in [
                outcome.numerator, outcome.denominator, outcome.stem ~ '_yy', outcome.stem ~ '_xy', outcome.stem ~ '_xx', outcome.n
            ] %}
                {%- do group.append(own ~ '.' ~ column) %}
                {%- do rest.append('(' ~ company ~ '.' ~ column ~ ' - ' ~ own ~ '.' ~ column ~ ')') %}
            {%- endfor %}
            {%- set z = compare_ratio(group, rest) %}
        {%- endif %}
    {{ z }} as {{ name }}_z,
    cast({{ company }}.{{ outcome.numerator }} as double) / nullif({{ company }}.{{ outcome.denominator }}, 0) as {{ name }}_company
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro adjust_outcomes(family='true', outcomes=none) -%}
    {%- for name in (outcomes or list_deal_outcomes()) %}
    {{ get_two_sided_p(name ~ '_z') }} as {{ name }}_chance,
    {{ adjust_for_looks(name ~ '_chance', family) }} as {{ name }}_adjusted
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro rate_outcome_calls(family='true', outcomes=none) -%}
    {%- for name in (outcomes or list_deal_outcomes()) %}
    {{ get_false_call_rate(name ~ '_adjusted', name ~ '_chance', family) }} as {{ name }}_false_call_rate
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro show_outcomes(rows, company, limits, left_out=[], outcomes=none) -%}
    {%- set shown = left_out | list %}
    {%- set own = rows ~ '.' %}
    {%- for name, outcome in (outcomes or list_deal_outcomes()).items() %}
        {%- set y, x = own ~ outcome.numerator, own ~ outcome.denominator %}
        {%- for column in [outcome.n, outcome.denominator, outcome.numerator] if column not in shown %}
    {{ own }}{{ column }},
            {%- do shown.append(column) %}
        {%- endfor %}
    cast({{ y }} as double) / nullif({{ x }}, 0) as {{ name }},
        {%- for end, sign in {'p05': -1, 'p95': 1}.items() %}
            {%- if outcome.kind == 'share' %}
    {{ bound_share(y, x, sign) }} as {{ name }}_{{ end }},
            {%- else %}
    {{ bound_ratio(
        y, x, own ~ outcome.stem ~ '_yy', own ~ outcome.stem ~ '_xy', own ~ outcome.stem ~ '_xx', own ~ outcome.n, sign
    ) }} as {{ name }}_{{ end }},
            {%- endif %}
        {%- endfor %}
    cast({{ y }} as double) / nullif({{ x }}, 0) - {{ own }}{{ name }}_company as {{ name }}_vs_company,
    {{ get_probability_better(own ~ name ~ '_z', outcome.better) }} as {{ name }}_p_better,
    {{ judge_difference(
        own ~ name ~ '_z', own ~ name ~ '_false_call_rate',
        'least(' ~ own ~ outcome.n ~ ', ' ~ company ~ '.' ~ outcome.n ~ ' - ' ~ own ~ outcome.n ~ ')',
        limits ~ '.least_units', limits ~ '.false_call_rate_max'
    ) }} as {{ name }}_verdict,
    {%- endfor %}
    {#- more or less than what was signed, for certain: a configuration that compounds or decays #}
    {%- set nrr = list_deal_outcomes().nrr_12m %}
    {%- set sums = [
        own ~ nrr.numerator, own ~ nrr.denominator, own ~ 'nrr_yy', own ~ 'nrr_xy', own ~ 'nrr_xx', own ~ nrr.n
    ] %}
    case
        when {{ own }}{{ nrr.n }} < {{ limits }}.least_units then 'too_few'
        when {{ bound_ratio(*sums, sign=-1) }} > 1 then 'compounds'
        when {{ bound_ratio(*sums, sign=1) }} < 1 then 'decays'
        else 'not_told_apart'
    end as nrr_12m_trajectory
{%- endmacro %}
