{#- One end of the 90 % Wilson interval of k out of n (Wilson 1927): `sign` is -1 for the lower end and +1 for the upper one.
    Null without any observation. -#}
{% macro bound_share(k, n, sign) -%}
    {%- if var('is_linted', false) -%} 1.0 {%- else %}
    {%- set z = '1.6448536269514722' -%}
    {%- set share = '(cast(' ~ k ~ ' as double) / ' ~ n ~ ')' -%}
    case
        when {{ n }} > 0
            then least(greatest(
                (
                    {{ share }} + {{ z }} * {{ z }} / (2 * {{ n }})
                    + {{ sign }} * {{ z }} * sqrt(
                        {{ share }} * (1 - {{ share }}) / {{ n }} + {{ z }} * {{ z }} / (4 * cast({{ n }} as double) * {{ n }})
                    )
                ) / (1 + {{ z }} * {{ z }} / {{ n }}), 0
            ), 1)
    end
    {%- endif %}
{%- endmacro %}
