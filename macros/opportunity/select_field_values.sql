{#- Grouped select over changes of tracked fields: the value each field of each opportunity had at a cut. The newest change by
    then speaks; before the first change its old value does. `by_then` is a condition that holds for changes up to the cut. An
    emptied field has a row whose value is null. -#}
{% macro select_field_values(changes, by_then) -%}
    select
        {{ changes }}.opportunity_id,
        {{ changes }}.field_key,
        -- arg_max and arg_min pass over nulls, and an emptied field is a value here
        nullif(
            coalesce(
                arg_max(coalesce({{ changes }}.new_value, ''), {{ changes }}.changed_at) filter (where {{ by_then }}),
                arg_min(coalesce({{ changes }}.old_value, ''), {{ changes }}.changed_at) filter (where not ({{ by_then }}))
            ), ''
        ) as value_text,
        count(*) filter (where {{ by_then }}) as known_changes,
    from {{ changes }}
{%- endmacro %}
