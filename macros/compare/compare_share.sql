{#- How many standard errors the share k of n lies above that of k_other of n_other, two groups without a common member (Agresti
    and Caffo 2000: one success and one failure are added to each). Null when either group is empty. -#}
{% macro compare_share(k, n, k_other, n_other) -%}
    {%- set share = '((cast(' ~ k ~ ' as double) + 1) / (' ~ n ~ ' + 2))' -%}
    {%- set other = '((cast(' ~ k_other ~ ' as double) + 1) / (' ~ n_other ~ ' + 2))' -%}
    case
        when {{ n }} > 0 and {{ n_other }} > 0
            then ({{ share }} - {{ other }}) / sqrt(
                {{ share }} * (1 - {{ share }}) / ({{ n }} + 2) + {{ other }} * (1 - {{ other }}) / ({{ n_other }} + 2)
            )
    end
{%- endmacro %}
