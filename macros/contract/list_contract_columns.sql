{% macro list_contract_columns(source_node) %}
    {#- Columns of a raw table as the project reads them, as dicts of name, type, level, raw_names (names it may
        have in the raw table), is_salesforce_id and is_bookkeeping (written by the loader, so no part of what a
        row says). In order: the contract's columns, the loader's columns that any table may carry, and the
        optional ones that the source's YAML adds (extra_columns, field_map). -#}
    {%- set columns = [] -%}
    {%- set loader_columns = ['_fivetran_synced', '_fivetran_active', '_fivetran_start', '_fivetran_end', 'source_relation'] -%}
    {%- for name, column in source_node.columns.items() -%}
        {%- set meta = column.config.meta -%}
        {%- do columns.append({
            'name': name,
            'type': meta.contract_type,
            'level': meta.contract_level,
            'raw_names': [name] + meta.get('contract_aliases', []),
            'is_salesforce_id': meta.get('contract_id') == 'salesforce',
            'is_bookkeeping': name in loader_columns,
        }) -%}
    {%- endfor -%}
    {%- set implied = [
        ('_fivetran_synced', 'ts', ['_fivetran_synced', '_airbyte_extracted_at', '_sdc_batched_at']),
        ('_fivetran_start', 'ts', ['_fivetran_start']),
        ('source_relation', 'str', ['source_relation']),
    ] -%}
    {%- for name, contract_type, raw_names in implied if name not in source_node.columns -%}
        {%- do columns.append(describe_optional_column(name, contract_type, raw_names, true)) -%}
    {%- endfor -%}
    {%- set table_meta = source_node.config.meta -%}
    {%- for name, extra in table_meta.get('extra_columns', {}).items() -%}
        {%- do columns.append(describe_optional_column(name, extra.contract_type, extra.raw_names)) -%}
    {%- endfor -%}
    {%- for name, contract_type in table_meta.get('field_map', {}).items() -%}
        {%- set mapped = get_field_map_column(name, source_node.source_name, source_node.name) -%}
        {%- do columns.append(describe_optional_column(name, contract_type, [mapped] if mapped else [])) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
