{% macro require_reading(value, reading, contract_type, label) %}
    {#- The reading of a value; a value that is there but gives no reading stops the query. -#}
    case
                when {{ value }} is not null
                    then coalesce({{ reading }}, {{ raise_value_error(value, contract_type, label) }})
            end
{% endmacro %}
