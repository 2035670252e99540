{#- The model holds exactly one row, so that a cross join with it neither multiplies nor drops rows. Fails with the count. -#}
{% test has_one_row(model) %}

    select count(*) as row_count
    from {{ model }}
    having count(*) <> 1

{% endtest %}
