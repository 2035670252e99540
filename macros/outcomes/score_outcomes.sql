{#- Macros for a mart that shows rates of list_deal_outcomes (or of `outcomes`, a dictionary like it) by group, one for each
    step:
    score_outcomes: each rate and how far it lies from that of the rest of the company, in standard errors (`*_z`); `own` and
    `company` are aliases of rows with the columns of sum_deal_outcomes, the company holding the group.
    adjust_outcomes: the chance of luck (`*_chance`) and the first step of the false call rate over all rows of the query.
    rate_outcome_calls: the second step.
    show_outcomes: what readers see. -#}
{% macro list_looks(outcomes=none) -%}
    {{ return((outcomes or list_deal_outcomes()).keys() | list + ['nrr_12m_level']) }}
{%- endmacro %}

{% macro score_outcomes(own, company, outcomes=none) -%}
    {%- for name, outcome in (outcomes or list_deal_outcomes()).items() %}
        {#- columns of this query that the next ones read: short names keep a mart of many rates readable when compiled #}
        {%- set group, rest, whole = [], [], [] %}
        {%- for column in list_outcome_sums(outcome) %}
    {{ company }}.{{ column }} - {{ own }}.{{ column }} as {{ name }}_rest_{{ loop.index }},
            {%- do group.append(own ~ '.' ~ column) %}
            {%- do rest.append(name ~ '_rest_' ~ loop.index) %}
            {%- do whole.append(company ~ '.' ~ column) %}
        {%- endfor %}
    cast({{ group[0] }} as double) / nullif({{ group[1] }}, 0) as {{ name }},
    cast({{ whole[0] }} as double) / nullif({{ whole[1] }}, 0) as {{ name }}_company,
        {%- if outcome.kind == 'share' %}
    {{ compare_share(group[0], group[1], rest[0], rest[1]) }} as {{ name }}_z
        {%- else %}
    {{ get_ratio_variance(*group) }} as {{ name }}_variance,
    {{ get_ratio_variance(*rest) }} as {{ name }}_rest_variance,
    {{ get_ratio_spread(*whole) }} as {{ name }}_spread,
    ({{ name }} - cast({{ rest[0] }} as double) / nullif({{ rest[1] }}, 0)) / nullif({{ join_ratio_variances(
        name ~ '_variance', group[1], group[4], name ~ '_rest_variance', rest[1], rest[4], name ~ '_spread'
    ) }}, 0) as {{ name }}_z
            {%- if name == 'nrr_12m' %},
    {{ score_trajectory(name, group[1], group[4]) }}
            {%- endif %}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- Columns *_in_segment_z: how far rates `names` of a group lie from those of the rest of a whole that holds it, in standard errors. -#}
{% macro score_in_segment(own, whole, names) -%}
    {%- for name in names %}
        {%- set outcome = list_deal_outcomes()[name] %}
        {%- set group, rest = [], [] %}
        {%- for column in list_outcome_sums(outcome) %}
            {%- do group.append(own ~ '.' ~ column) %}
            {%- do rest.append('(' ~ whole ~ '.' ~ column ~ ' - ' ~ own ~ '.' ~ column ~ ')') %}
        {%- endfor %}
        {%- if outcome.kind == 'share' %}
    {{ compare_share(group[0], group[1], rest[0], rest[1]) }} as {{ name }}_in_segment_z
        {%- else %}
    {{ compare_ratio(group, rest) }} as {{ name }}_in_segment_z
        {%- endif %}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- Standard errors between net revenue retention and 1, where what was signed neither grew nor shrank; `*_level_z`. The group
    varies at least as the company's units do. -#}
{% macro score_trajectory(name, x, xx) -%}
    ({{ name }} - 1) / nullif(sqrt({{ raise_variance(name ~ '_variance', x, xx, name ~ '_spread') }}), 0) as {{ name }}_level_z
{%- endmacro %}

{% macro adjust_outcomes(family='true', outcomes=none) -%}
    {%- for name in list_looks(outcomes) %}
    {{ get_two_sided_p(name ~ '_z') }} as {{ name }}_chance,
    {{ adjust_for_looks(name ~ '_chance', family) }} as {{ name }}_adjusted
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro rate_outcome_calls(family='true', outcomes=none) -%}
    {%- for name in list_looks(outcomes) %}
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
    {{ own }}{{ name }},
        {%- for end, sign in {'p05': -1, 'p95': 1}.items() %}
            {%- if outcome.kind == 'share' %}
    {{ bound_share(y, x, sign) }} as {{ name }}_{{ end }},
            {%- else %}
    {{ cut_to_range(
        own ~ name ~ ' + ' ~ sign ~ ' * 1.6448536269514722 * sqrt(' ~ own ~ name ~ '_variance)', outcome.get('least'), outcome.get('most')
    ) }} as {{ name }}_{{ end }},
            {%- endif %}
        {%- endfor %}
    {{ own }}{{ name }} - {{ own }}{{ name }}_company as {{ name }}_vs_company,
        {%- set sides = ['>=', '<'] if outcome.better == 'higher' else ['<', '>='] %}
    round(case
        when {{ own }}{{ name }}_z {{ sides[0] }} 0 then 1 - {{ own }}{{ name }}_chance / 2
        when {{ own }}{{ name }}_z {{ sides[1] }} 0 then {{ own }}{{ name }}_chance / 2
    end, 4) as {{ name }}_p_better,
    {{ judge_difference(
        own ~ name ~ '_z', own ~ name ~ '_false_call_rate',
        'least(' ~ own ~ outcome.n ~ ', ' ~ company ~ '.' ~ outcome.n ~ ' - ' ~ own ~ outcome.n ~ ')',
        limits ~ '.least_units', limits ~ '.false_call_rate_max',
        own ~ outcome.n ~ ' > 0 and ' ~ own ~ outcome.n ~ ' = ' ~ company ~ '.' ~ outcome.n
    ) }} as {{ name }}_verdict,
    {%- endfor %}
    {#- more or less than what was signed: a configuration that compounds or decays #}
    case {{ judge_difference(
        own ~ 'nrr_12m_level_z', own ~ 'nrr_12m_level_false_call_rate', own ~ list_deal_outcomes().nrr_12m.n,
        limits ~ '.least_units', limits ~ '.false_call_rate_max'
    ) }} when 'higher' then 'compounds' when 'lower' then 'decays' when 'too_few' then 'too_few' else 'not_told_apart' end
        as nrr_12m_trajectory
{%- endmacro %}
