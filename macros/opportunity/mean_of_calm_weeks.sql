{#- Mean of a list of numbers, one a week, without its busiest week of every four begun: a lone spike moves nothing. Null for an
    empty list and for a single week. -#}
{% macro mean_of_calm_weeks(week_values) -%}
    cast(
        list_sum(
            list_slice(list_sort({{ week_values }}), 1, len({{ week_values }}) - cast(ceil(len({{ week_values }}) / 4.0) as bigint))
        ) as double
    ) / nullif(len({{ week_values }}) - cast(ceil(len({{ week_values }}) / 4.0) as bigint), 0)
{%- endmacro %}
