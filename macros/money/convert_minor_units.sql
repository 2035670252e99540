{#- Minor units of one currency to minor units of another at a dated rate (units of target per unit of source).
    Rounds once, half away from zero. -#}
{% macro convert_minor_units(amount_minor, from_exponent, rate, to_exponent) -%}
    cast(
        round(
            cast({{ amount_minor }} as decimal(20, 0))
            * cast({{ rate }} as decimal(18, 8))
            * cast(power(10, {{ to_exponent }} - {{ from_exponent }}) as decimal(9, 3)),
            0
        ) as bigint
    )
{%- endmacro %}
