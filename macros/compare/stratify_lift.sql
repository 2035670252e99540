{#- Four aggregates over strata for the lift that a group has over another one within strata, so that a mix of strata makes none:
    get_stratified_lift: share of the group over that of the other, weighted over strata (Mantel and Haenszel 1959; Rothman 2008).
    get_stratified_log_variance: variance of its logarithm (Greenland and Robins 1985).
    compare_strata: standard errors between the two (Cochran 1954, Mantel and Haenszel 1959, hypergeometric variance).
    count_stratified_units: members of the smaller group, of strata that hold both.
    bound_stratified_lift is no aggregate: one end of the 90 % interval of such a lift, `sign` -1 for the lower and 1 for the upper. -#}
{% macro get_stratified_lift(k, n, k_other, n_other) -%}
    {{ sum_exactly('cast(' ~ k ~ ' as double) * ' ~ n_other ~ ' / nullif(' ~ n ~ ' + ' ~ n_other ~ ', 0)') }}
    / nullif({{ sum_exactly('cast(' ~ k_other ~ ' as double) * ' ~ n ~ ' / nullif(' ~ n ~ ' + ' ~ n_other ~ ', 0)') }}, 0)
{%- endmacro %}

{% macro get_stratified_log_variance(k, n, k_other, n_other) -%}
    {%- set all = '(' ~ n ~ ' + ' ~ n_other ~ ')' -%}
    {{ sum_exactly(
        '(cast(' ~ n ~ ' as double) * ' ~ n_other ~ ' * (' ~ k ~ ' + ' ~ k_other ~ ') - cast(' ~ k ~ ' as double) * ' ~ k_other
        ~ ' * ' ~ all ~ ') / nullif(power(' ~ all ~ ', 2), 0)'
    ) }} / nullif(
        {{ sum_exactly('cast(' ~ k ~ ' as double) * ' ~ n_other ~ ' / nullif(' ~ all ~ ', 0)') }}
        * {{ sum_exactly('cast(' ~ k_other ~ ' as double) * ' ~ n ~ ' / nullif(' ~ all ~ ', 0)') }}, 0
    )
{%- endmacro %}

{% macro compare_strata(k, n, k_other, n_other) -%}
    {%- set all = '(' ~ n ~ ' + ' ~ n_other ~ ')' -%}
    {%- set events = '(' ~ k ~ ' + ' ~ k_other ~ ')' -%}
    {{ sum_exactly(k ~ ' - cast(' ~ n ~ ' as double) * ' ~ events ~ ' / nullif(' ~ all ~ ', 0)') }}
    / nullif(sqrt({{ sum_exactly(
        'cast(' ~ n ~ ' as double) * ' ~ n_other ~ ' * ' ~ events ~ ' * (' ~ all ~ ' - ' ~ events ~ ') / nullif(power(' ~ all
        ~ ', 2) * (' ~ all ~ ' - 1), 0)'
    ) }}), 0)
{%- endmacro %}

{% macro count_stratified_units(n, n_other) -%}
    least(
        coalesce(sum({{ n }}) filter (where {{ n_other }} > 0), 0), coalesce(sum({{ n_other }}) filter (where {{ n }} > 0), 0)
    )
{%- endmacro %}

{% macro bound_stratified_lift(lift, log_variance, sign) -%}
    {{ lift }} * exp({{ sign }} * 1.6448536269514722 * sqrt({{ log_variance }}))
{%- endmacro %}
