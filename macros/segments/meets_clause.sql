{#- True when a value meets a clause of a segment rule. Numbers are compared as they stand; a category that is not listed,
    or none, is not in. -#}
{% macro meets_clause(rules, value, category) -%}
    case {{ rules }}.operator
        when '<=' then {{ value }} <= {{ rules }}.threshold
        when '>' then {{ value }} > {{ rules }}.threshold
        when 'in' then coalesce(list_contains(string_split({{ rules }}.categories, '|'), {{ category }}), false)
        when 'not in' then not coalesce(list_contains(string_split({{ rules }}.categories, '|'), {{ category }}), false)
    end
{%- endmacro %}
