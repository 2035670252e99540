{#- The columns n_deals to support_xx of a grouped query over rows of fct_deal_outcome: counts and sums from which every rate of
    list_deal_outcomes and its interval follow. `deals` is the alias of those rows. Sums over nobody are null, counts 0. -#}
{% macro sum_deal_outcomes(deals) -%}
    count(*) as n_deals,
    count(*) filter (where {{ deals }}.is_won) as n_won,
    count(*) filter (where {{ deals }}.is_mature_12m) as n_mature_12m,
    {%- set named = ['n_mature_12m'] %}
    {%- for outcome in list_deal_outcomes().values() %}
        {%- if outcome.kind == 'share' %}
    count(*) filter (where {{ deals }}.is_mature_12m and {{ deals }}.{{ outcome.event }}) as {{ outcome.numerator }},
            {%- if outcome.denominator not in named %}
    count({{ deals }}.{{ outcome.event }}) filter (where {{ deals }}.is_mature_12m) as {{ outcome.denominator }},
                {%- do named.append(outcome.denominator) %}
            {%- endif %}
        {%- else %}
            {%- set y = deals ~ '.' ~ outcome.y %}
            {%- set x = deals ~ '.' ~ outcome.x %}
            {%- set known = deals ~ '.is_mature_12m and ' ~ x ~ ' > 0 and ' ~ y ~ ' is not null' %}
            {%- if outcome.n not in named %}
    count(*) filter (where {{ known }}) as {{ outcome.n }},
    cast(sum({{ x }}) filter (where {{ known }}) as bigint) as {{ outcome.denominator }},
                {%- do named.append(outcome.n) %}
            {%- endif %}
    cast(sum({{ y }}) filter (where {{ known }}) as bigint) as {{ outcome.numerator }},
    sum(cast({{ y }} as hugeint) * {{ y }}) filter (where {{ known }}) as {{ outcome.stem }}_yy,
    sum(cast({{ y }} as hugeint) * {{ x }}) filter (where {{ known }}) as {{ outcome.stem }}_xy,
    sum(cast({{ x }} as hugeint) * {{ x }}) filter (where {{ known }}) as {{ outcome.stem }}_xx
            {%- if not loop.last %},{% endif %}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
