{% macro get_field_map_column(canonical_key, source_name, table_name) %}
    {#- Raw column that the company mapped to a canonical signal, or none. A mapping reads `column`,
        `table.column` or `schema.table.column`; one that names another table is not read here and says so.
        -#}
    {%- set mapped = (var('field_map', {}) or {}).get(canonical_key) -%}
    {%- if not mapped -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set parts = mapped.split('.') -%}
    {%- if parts | length == 1 or (parts[-2] == table_name and parts[:-2] in ([], [source_name])) -%}
        {{ return(parts[-1]) }}
    {%- endif -%}
    {%- if execute -%}
        {%- do exceptions.warn(
            'field_map.' ~ canonical_key ~ ' points to ' ~ mapped ~ ', but only columns of '
            ~ source_name ~ '.' ~ table_name ~ ' are read for it; the signal stays null.'
        ) -%}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}
