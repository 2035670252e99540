{% macro convert_epoch(expression) %}
    {#- UTC timestamp of a Unix epoch. The unit is told by size: 1e11 seconds lie after the year 5000, and
        1e11 milliseconds before 1974, so no business date is ambiguous. -#}
    case
        when abs({{ expression }}) >= 1e14 then make_timestamp(cast({{ expression }} as bigint))
        when abs({{ expression }}) >= 1e11 then make_timestamp(cast({{ expression }} * 1000 as bigint))
        else make_timestamp(cast({{ expression }} * 1000000 as bigint))
    end
{% endmacro %}
