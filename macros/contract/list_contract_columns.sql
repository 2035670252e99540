{% macro list_contract_columns(source_node, extra_columns=[]) %}
    {#- Columns a staging model reads, as dicts of name, type, level and raw_names (names it may have in the
        raw table). Extra columns, (raw column, type) or (raw column, type, alias), come last and are
        optional; a raw column of none stands for a signal that the company has not mapped. -#}
    {%- set columns = [] -%}
    {%- for name, column in source_node.columns.items() -%}
        {%- set meta = column.config.meta -%}
        {%- do columns.append({
            'name': name,
            'type': meta.contract_type,
            'level': meta.contract_level,
            'raw_names': [name] + meta.get('contract_aliases', []),
        }) -%}
    {%- endfor -%}
    {%- for extra in extra_columns -%}
        {%- do columns.append({
            'name': extra[2] if extra | length > 2 else extra[0],
            'type': extra[1],
            'level': 'O',
            'raw_names': [extra[0]] if extra[0] else [],
        }) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}
