{#- What may be said of a difference: `higher` or `lower` where the false call rate allows it, `not_told_apart` where it does not,
    `too_few` below the least number of units or where nothing can be compared; with `is_whole`, `nothing_to_compare` where the
    group is all there is. -#}
{% macro judge_difference(z, false_call_rate, n_units, least_units, false_call_rate_max, is_whole='false') -%}
    case
        when {{ is_whole }} then 'nothing_to_compare'
        when {{ z }} is null or {{ n_units }} < {{ least_units }} then 'too_few'
        when {{ false_call_rate }} > {{ false_call_rate_max }} then 'not_told_apart'
        when {{ z }} > 0 then 'higher'
        else 'lower'
    end
{%- endmacro %}
