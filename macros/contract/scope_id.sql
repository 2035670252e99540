{% macro scope_id(expression) -%}
    {#- Id as text that is unique over all connectors of a vendor: with several connectors (source_relation is
        set) the connector's name stands before it, with one the id stays as it is. -#}
    coalesce(source_relation || ':' || {{ expression }}, cast({{ expression }} as varchar))
{%- endmacro %}
