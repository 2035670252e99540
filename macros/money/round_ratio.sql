{#- numerator * 1 / denominator as a whole number, halves away from zero, in integer arithmetic.
    The only place where money is divided. Denominator must be positive; null in, null out. -#}
{% macro round_ratio(numerator, denominator) -%}
    cast(
        sign({{ numerator }}) * (
            (2 * abs(cast({{ numerator }} as hugeint)) + cast({{ denominator }} as hugeint))
            // nullif(2 * cast({{ denominator }} as hugeint), 0)
        ) as bigint
    )
{%- endmacro %}
