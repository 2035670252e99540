-- A failing row means that a raw value is read differently depending on how an export wrote it.
-- noqa: disable=LT02,LT05
{% set examples = [
    ('ts', 'TIMESTAMP', "timestamp '2025-03-01 10:00:00'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'TIMESTAMPTZ', "timestamptz '2025-03-01 12:00:00+02'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'DATE', "date '2025-03-01'", "timestamp '2025-03-01 00:00:00'"),
    ('ts', 'BIGINT', "cast(1740823200 as bigint)", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'BIGINT', "cast(1740823200000 as bigint)", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'DOUBLE', "cast(1740823200.5 as double)", "timestamp '2025-03-01 10:00:00.5'"),
    ('ts', 'VARCHAR', "'1740823200'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'1740823200000'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01T10:00:00Z'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01T10:00:00.000+0000'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01 12:00:00+02'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01 05:00:00-05:00'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01 10:00:00'", "timestamp '2025-03-01 10:00:00'"),
    ('ts', 'VARCHAR', "'2025-03-01'", "timestamp '2025-03-01 00:00:00'"),
    ('ts', 'VARCHAR', "' '", "cast(null as timestamp)"),
    ('date', 'TIMESTAMP', "timestamp '2025-03-01 23:59:00'", "date '2025-03-01'"),
    ('date', 'VARCHAR', "'2025-03-01T23:30:00-05:00'", "date '2025-03-01'"),
    ('date', 'VARCHAR', "'2025-03'", "date '2025-03-01'"),
    ('bool', 'VARCHAR', "'TRUE'", "true"),
    ('bool', 'VARCHAR', "'0.0'", "false"),
    ('bool', 'BIGINT', "cast(1 as bigint)", "true"),
    ('bool', 'VARCHAR', "''", "cast(null as boolean)"),
    ('int', 'VARCHAR', "'12.0'", "cast(12 as bigint)"),
    ('int', 'DOUBLE', "cast(360123456789 as double)", "cast(360123456789 as bigint)"),
    ('int', 'DOUBLE', "cast('nan' as double)", "cast(null as bigint)"),
    ('num', 'VARCHAR', "'19.99'", "cast(19.99 as decimal(28, 8))"),
    ('num', 'DOUBLE', "cast(0.1 as double)", "cast(0.1 as decimal(28, 8))"),
    ('dec', 'VARCHAR', "'0.000061512345'", "cast(0.000061512345 as decimal(38, 12))"),
    ('str', 'DOUBLE', "cast(360123456789 as double)", "'360123456789'"),
    ('str', 'VARCHAR', "''", "cast(null as varchar)"),
    ('json', 'STRUCT(a INTEGER)', "struct_pack(a := 1)", "'{\"a\":1}'"),
] %}
with checked as (

    {% for contract_type, actual_type, raw_value, expected in examples -%}
    select
        '{{ contract_type }} from {{ raw_value | replace("'", "''") }}' as claim,
        cast({{ cast_contract_value('raw_value', contract_type, actual_type) }} as varchar) as actual,
        cast({{ expected }} as varchar) as expected
    from (select {{ raw_value }} as raw_value) as example
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select *
from checked
where actual is distinct from expected
