{#- Mean of the column probability_rate over the rows of a group that meet a condition, in whole ten-thousandths, so that it does not
    depend on the order of rows; null where no row states one. -#}
{% macro mean_probability_e4(condition) -%}
    cast(
        sum(cast(probability_rate * 10000 as bigint)) filter (where {{ condition }})
        // nullif(count(probability_rate) filter (where {{ condition }}), 0) as bigint
    )
{%- endmacro %}
