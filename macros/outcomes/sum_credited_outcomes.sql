{#- As sum_deal_outcomes, over parts of customers: `rows` have `credit_e4` (part of the customer out of 10,000) and money that is that
    part already, so counts are numbers of customers with four decimals and everything adds up over the parts. A customer in
    parts counts for less in the squares than the whole, so intervals over parts are never too narrow. -#}
{% macro sum_credited_outcomes(rows, outcomes) -%}
    {%- set named = [] %}
    {%- for outcome in outcomes.values() %}
        {%- set mature = outcome.get('known', rows ~ '.is_mature_12m') %}
        {%- if outcome.kind == 'share' %}
            {%- set columns = {
                outcome.denominator: mature ~ ' and ' ~ rows ~ '.' ~ outcome.event ~ ' is not null',
                outcome.numerator: mature ~ ' and ' ~ rows ~ '.' ~ outcome.event,
            } %}
            {%- set sums = {} %}
        {%- else %}
            {%- set y = rows ~ '.' ~ outcome.y %}
            {%- set x = rows ~ '.' ~ outcome.x %}
            {%- set known = mature ~ ' and ' ~ x ~ ' > 0 and ' ~ y ~ ' is not null' %}
            {%- set columns = {outcome.n: known} %}
            {%- set sums = {outcome.denominator: x, outcome.numerator: y} %}
        {%- endif %}
        {%- for column, rule in columns.items() if column not in named %}
    {{ count_credit(rows, rule) }} as {{ column }},
            {%- do named.append(column) %}
        {%- endfor %}
        {%- for column, value in sums.items() if column not in named %}
    cast(sum({{ value }}) filter (where {{ known }}) as bigint) as {{ column }},
            {%- do named.append(column) %}
        {%- endfor %}
        {%- if outcome.kind == 'ratio' %}
    sum(cast({{ y }} as hugeint) * {{ y }}) filter (where {{ known }}) as {{ outcome.stem }}_yy,
    sum(cast({{ y }} as hugeint) * {{ x }}) filter (where {{ known }}) as {{ outcome.stem }}_xy,
    sum(cast({{ x }} as hugeint) * {{ x }}) filter (where {{ known }}) as {{ outcome.stem }}_xx
        {%- if not loop.last %},{% endif %}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{% macro count_credit(rows, rule) -%}
    cast(coalesce(sum({{ rows }}.credit_e4) filter (where {{ rule }}), 0) * 0.0001 as decimal(18, 4))
{%- endmacro %}
