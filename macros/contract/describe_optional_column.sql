{% macro describe_optional_column(name, contract_type, raw_names, is_bookkeeping=false) %}
    {#- Entry of list_contract_columns for a column outside the contract: read where it is there, a typed null
        where it is not. -#}
    {{ return({
        'name': name,
        'type': contract_type,
        'level': 'O',
        'raw_names': raw_names,
        'is_salesforce_id': false,
        'is_bookkeeping': is_bookkeeping,
    }) }}
{% endmacro %}
