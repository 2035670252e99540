{#- The day everything is seen from, as a date literal. Refuses anything that is not a plain ISO date. -#}
{% macro as_of_date() -%}
    {%- set value = var('as_of_date') | string -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) -%}
        {{ exceptions.raise_compiler_error("as_of_date must look like 2026-11-02, got '" ~ value ~ "'.") }}
    {%- endif -%}
    cast('{{ value }}' as date)
{%- endmacro %}
