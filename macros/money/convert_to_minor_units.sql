{#- Major units of one currency as minor units of another at a dated rate (units of target per unit of source).
    Rounds once, half away from zero. -#}
{% macro convert_to_minor_units(amount, rate, to_exponent) -%}
    cast(
        round(
            cast({{ amount }} as decimal(20, 4))
            * cast({{ rate }} as decimal(18, 8))
            * case {{ to_exponent }} when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 end,
            0
        ) as bigint
    )
{%- endmacro %}
