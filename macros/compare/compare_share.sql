{#- How many standard errors the share k of n lies above that of k_other of n_other, two groups without a common member. The nearer to
    nil of two measures, since each is too bold on one side of a rare event in a small group: one success and one failure
    added to each (Agresti and Caffo 2000), and the spread of both groups together. Null when either group is empty. -#}
{% macro compare_share(k, n, k_other, n_other) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {%- set share = '((cast(' ~ k ~ ' as double) + 1) / (' ~ n ~ ' + 2))' -%}
    {%- set other = '((cast(' ~ k_other ~ ' as double) + 1) / (' ~ n_other ~ ' + 2))' -%}
    {%- set seen = '(cast(' ~ k ~ ' as double) / nullif(' ~ n ~ ', 0) - cast(' ~ k_other ~ ' as double) / nullif(' ~ n_other ~ ', 0))' -%}
    {%- set both = '((cast(' ~ k ~ ' as double) + ' ~ k_other ~ ') / (' ~ n ~ ' + ' ~ n_other ~ '))' -%}
    case
        when {{ n }} > 0 and {{ n_other }} > 0
            then sign({{ seen }}) * least(
                abs({{ share }} - {{ other }}) / sqrt(
                    {{ share }} * (1 - {{ share }}) / ({{ n }} + 2) + {{ other }} * (1 - {{ other }}) / ({{ n_other }} + 2)
                ),
                {#- least passes over the null of a share of 0 or 1 in both -#}
                abs({{ seen }}) / nullif(sqrt({{ both }} * (1 - {{ both }}) * (1.0 / {{ n }} + 1.0 / {{ n_other }})), 0)
            )
    end
    {%- endif %}
{%- endmacro %}
