{% macro list_field_map_columns(signals, source_name, table_name) %}
    {#- Extra columns for select_contract_columns from pairs of (canonical key, contract type): the mapped
        raw column under the canonical name. -#}
    {%- set columns = [] -%}
    {%- for canonical_key, contract_type in signals -%}
        {%- do columns.append(
            (get_field_map_column(canonical_key, source_name, table_name), contract_type, canonical_key)
        ) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
