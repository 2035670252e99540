{#- Minor units as major units of the same currency, exact: three decimals hold every exponent up to 3. No division. -#}
{% macro convert_to_major_units(amount_minor, exponent) -%}
    cast(
        cast({{ amount_minor }} as decimal(20, 3))
        * case {{ exponent }} when 0 then 1.000 when 1 then 0.100 when 2 then 0.010 when 3 then 0.001 end
        as decimal(20, 3)
    )
{%- endmacro %}
