{#- The columns are the grain of the model: none of `columns` is null, and together with `nullable_columns`
    they occur once. Fails with each bad key, how often it occurs, and the smallest and largest value of
    `show_columns`. -#}
{% test is_grain(model, columns, nullable_columns=[], show_columns=[]) %}

    select
        {{ (columns + nullable_columns) | join(', ') }},
        {% for column in show_columns -%}
            min({{ column }}) as min_{{ column }},
            max({{ column }}) as max_{{ column }},
        {% endfor -%}
        count(*) as row_count
    from {{ model }}
    group by {{ (columns + nullable_columns) | join(', ') }}
    having
        count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}

{% endtest %}
