{% macro parse_text(expression, kind) %}
    {#- Text of a raw value; an empty string is null. Whole numbers that landed as floats lose their ".0",
        so that an identifier such as 123.0 reads '123'. Nested values become JSON text. -#}
    {%- if kind == 'text' -%}
        nullif(cast({{ expression }} as varchar), '')
    {%- elif kind == 'nested' -%}
        cast(to_json({{ expression }}) as varchar)
    {%- elif kind == 'float' -%}
        case
                when {{ expression }} = trunc({{ expression }})
                    then cast(cast({{ expression }} as bigint) as varchar)
                else cast({{ expression }} as varchar)
            end
    {%- else -%}
        cast({{ expression }} as varchar)
    {%- endif -%}
{% endmacro %}
