{% macro extract_json_text(expression, key) -%}
    {#- Text under a top-level key of a JSON object held as text; null when the key is absent, empty, or the
        text is not JSON. The key may hold any characters except a double quote. -#}
    {{ return(adapter.dispatch('extract_json_text')(expression, key)) }}
{%- endmacro %}

{% macro default__extract_json_text(expression, key) -%}
    {%- set path = '$."' ~ key | replace("'", "''") ~ '"' -%}
    case
            when json_valid({{ expression }})
                then nullif(trim(json_extract_string({{ expression }}, '{{ path }}')), '')
        end
{%- endmacro %}
