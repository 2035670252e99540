{#- One end of the 90 % interval of a lift: the share k of n over that of k_other of n_other (Katz 1978 on the log scale, one half
    added to each count: Walter 1975). `sign` is -1 for the lower end, which is 0 without an event in the group, and +1 for the
    upper one, which is null without an event in the other. Null when either group is empty. -#}
{% macro bound_lift(k, n, k_other, n_other, sign) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    case
        when {{ n }} > 0 and {{ n_other }} > 0 and {{ k if sign < 0 else k_other }} > 0
            then exp(
                ln(({{ k }} + 0.5) / ({{ n }} + 0.5)) - ln(({{ k_other }} + 0.5) / ({{ n_other }} + 0.5))
                + {{ sign }} * 1.6448536269514722 * sqrt(
                    1 / ({{ k }} + 0.5) - 1 / ({{ n }} + 0.5) + 1 / ({{ k_other }} + 0.5) - 1 / ({{ n_other }} + 0.5)
                )
            )
        {#- nothing seen in the group allows a lift of nil, nothing seen in the other one any lift #}
        when {{ n }} > 0 and {{ n_other }} > 0 then {{ 0 if sign < 0 else 'null' }}
    end
    {%- endif %}
{%- endmacro %}
