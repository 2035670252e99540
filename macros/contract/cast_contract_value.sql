{% macro cast_contract_value(expression, contract_type, actual_type, label='value') %}
    {#- A raw value of any landed type as its contract type. What cannot be read stops the query with the
        column, the value and the next step. Example: {{ cast_contract_value('"amount"', 'num', 'VARCHAR',
        'crm.x.amount') }} -#}
    {%- set kind = classify_type(actual_type) -%}
    {%- if contract_type in ('str', 'json') -%}
        {{ parse_text(expression, kind) }}
    {%- elif contract_type in ('num', 'dec') -%}
        {{ parse_number(expression, kind, contract_type, label) }}
    {%- elif contract_type == 'int' -%}
        {{ parse_integer(expression, kind, label) }}
    {%- elif contract_type == 'bool' -%}
        {{ parse_boolean(expression, kind, label) }}
    {%- elif contract_type == 'date' -%}
        {{ parse_date(expression, kind, label) }}
    {%- elif contract_type == 'ts' -%}
        {{ parse_timestamp(expression, kind, label) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(label ~ ' has the unknown contract type ' ~ contract_type ~ '.') }}
    {%- endif -%}
{% endmacro %}
