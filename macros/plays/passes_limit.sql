{#- Whether a value lies on the open side of a limit, the limit itself included; null where either is unknown. -#}
{% macro passes_limit(value, opens, limit) -%}
    case {{ opens }}
        when 'at_least' then {{ value }} >= {{ limit }}
        when 'at_most' then {{ value }} <= {{ limit }}
    end
{%- endmacro %}
