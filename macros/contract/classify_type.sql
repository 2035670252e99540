{% macro classify_type(data_type) %}
    {#- Family of an engine's column type, so that casts branch on eight words and not on every spelling.
        -#}
    {%- set name = data_type | upper | trim -%}
    {%- if name.startswith(('STRUCT', 'MAP')) or name.endswith(']') -%}
        {{ return('nested') }}
    {%- elif name in ('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE') -%}
        {{ return('timestamptz') }}
    {%- elif name.startswith(('TIMESTAMP', 'DATETIME')) -%}
        {{ return('timestamp') }}
    {%- elif name == 'DATE' -%}
        {{ return('date') }}
    {%- elif name.startswith('BOOL') -%}
        {{ return('boolean') }}
    {%- elif name.startswith(('DOUBLE', 'FLOAT', 'REAL')) -%}
        {{ return('float') }}
    {%- elif name.startswith(('DECIMAL', 'NUMERIC')) -%}
        {{ return('decimal') }}
    {%- elif name in ('INT', 'INTEGER', 'TINYINT', 'SMALLINT', 'BIGINT', 'HUGEINT')
        or name in ('UINTEGER', 'UTINYINT', 'USMALLINT', 'UBIGINT', 'UHUGEINT') -%}
        {{ return('integer') }}
    {%- else -%}
        {{ return('text') }}
    {%- endif -%}
{% endmacro %}
