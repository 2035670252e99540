{#- One end of the 90 % interval of the share k of n less that of k_other of n_other (Newcombe 1998, method 10, from two Wilson
    intervals): `sign` is -1 for the lower end and +1 for the upper one. Null when either group is empty. -#}
{% macro bound_share_difference(k, n, k_other, n_other, sign) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {%- set share = '(cast(' ~ k ~ ' as double) / nullif(' ~ n ~ ', 0))' -%}
    {%- set other = '(cast(' ~ k_other ~ ' as double) / nullif(' ~ n_other ~ ', 0))' -%}
    {{ share }} - {{ other }} + {{ sign }} * sqrt(
        power(({{ bound_share(k, n, sign) }}) - {{ share }}, 2)
        + power(({{ bound_share(k_other, n_other, -sign) }}) - {{ other }}, 2)
    )
    {%- endif %}
{%- endmacro %}
