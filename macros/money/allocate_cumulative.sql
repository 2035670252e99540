{#- Whole-cent share of a total between two points of a running weight: floor at the end minus floor at the start,
    on the absolute amount with the sign put back. Shares over consecutive points sum to the total exactly. -#}
{% macro allocate_cumulative(total, weight_before, weight_until, weight_total) -%}
    cast(
        sign({{ total }}) * (
            (abs(cast({{ total }} as hugeint)) * cast({{ weight_until }} as hugeint)) // nullif({{ weight_total }}, 0)
            - (abs(cast({{ total }} as hugeint)) * cast({{ weight_before }} as hugeint)) // nullif({{ weight_total }}, 0)
        ) as bigint
    )
{%- endmacro %}
