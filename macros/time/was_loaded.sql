{#- Second guard: true unless a row reached the warehouse after the as-of day. It binds only from the day on which a company
    says that its load times can be trusted (`load_time_trusted_from`); a first load stamps years of rows with one day. -#}
{% macro was_loaded(synced_expression) -%}
    {%- set trusted_from = var('load_time_trusted_from', none) -%}
    {%- if not trusted_from -%}
        true
    {%- else -%}
        {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', trusted_from | string) -%}
            {{ exceptions.raise_compiler_error(
                "load_time_trusted_from must look like 2026-11-02, got '" ~ trusted_from ~ "'."
            ) }}
        {%- endif -%}
        (
            {{ as_of_date() }} < cast('{{ trusted_from }}' as date)
            or coalesce({{ synced_expression }} < {{ as_of_end() }}, true)
        )
    {%- endif -%}
{%- endmacro %}
