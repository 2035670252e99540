{% macro dedupe_latest(relation, key_columns, order_columns) %}
    {#- The rows of a CTE with one row per key: the latest by the order columns (descending, nulls last).
        Rows that tie in all of them are told apart by a hash of the whole row, so that the choice never
        depends on scan order. -#}
    select *
    from (
        select
            {{ relation }}.*,
            row_number() over (
                partition by {{ key_columns | join(', ') }}
                order by
                    {% for column in order_columns -%}
                    {{ column }} desc nulls last,
                    {% endfor -%}
                    {{ hash_row(relation) }}
            ) as recency_rank
        from {{ relation }}
    ) as ranked
    where recency_rank = 1
{%- endmacro %}
