{% macro get_contract_sql_type(contract_type) %}
    {#- SQL type of a contract type. num holds amounts and rates, dec holds sub-cent unit prices. -#}
    {%- set sql_types = {
        'str': 'varchar',
        'json': 'varchar',
        'int': 'bigint',
        'num': 'decimal(28, 8)',
        'dec': 'decimal(38, 12)',
        'bool': 'boolean',
        'date': 'date',
        'ts': 'timestamp',
    } -%}
    {{ return(sql_types[contract_type]) }}
{% endmacro %}
