"""Contract types as SQL over landed columns, which may be text (CSV) or typed (Parquet).

Belongs here: for a column and its DuckDB type, the expression that is the typed value or null. It accepts no
spelling that the staging models do not read, so what passes landing does not stop a model.
"""

from orchestration.landing.contract import ColumnType
from orchestration.landing.names import quoted

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_BIG_INTEGERS = {"UBIGINT", "HUGEINT", "UHUGEINT"}
_FLOATS = {"FLOAT", "DOUBLE"}
_TIMES = {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}

# The unit of an epoch number is told by its size: seconds below 1e11 (the year 5138), milliseconds below
# 1e14, microseconds up to 1e17. What lies before 1900 is no date a business keeps.
_EPOCH_START = -2_208_988_800
_EPOCH_UNITS = ((_EPOCH_START, 100_000_000_000, 1_000_000), (10**11, 10**14, 1_000), (10**14, 10**17, 1))
# written without question marks: Great Expectations takes each one in a query for a parameter
_EPOCH_TEXT = "(-|)[0-9]{9,17}([.][0-9]+|)"
_TRUE = "('true', 't', 'yes', 'y', '1', '1.0')"
_FALSE = "('false', 'f', 'no', 'n', '0', '0.0')"


def _is_number(duckdb_type: str) -> bool:
    return duckdb_type in _INTEGERS | _BIG_INTEGERS | _FLOATS or duckdb_type.startswith("DECIMAL")


def _epoch(number: str) -> str:
    """Timestamp of an epoch number in seconds, milli- or microseconds; null when it is out of range."""
    cases = (
        f"when {number} >= {low} and {number} < {high} then make_timestamp(cast({number} * {factor} as bigint))"
        for low, high, factor in _EPOCH_UNITS
    )
    return f"case {' '.join(cases)} end"


def typed(column: str, duckdb_type: str, contract_type: ColumnType) -> str:
    """Return SQL for the value of `column` as its contract type, null where it cannot be read as such.

    int -> BIGINT, num and dec -> DOUBLE or DECIMAL, bool -> BOOLEAN, date -> DATE, ts -> TIMESTAMP in UTC
    (the session must have `TimeZone` UTC), json and str -> VARCHAR. Whole numbers written as `12.0` are
    integers; `1.5` is not.
    """
    name = quoted(column)
    text = duckdb_type == "VARCHAR"
    number = _is_number(duckdb_type)
    never = f"case when false then {name} end"
    if contract_type == "str":
        return f"cast({name} as varchar)"
    if contract_type == "json":
        return f"case when json_valid({name}) then {name} end" if text or duckdb_type == "JSON" else never
    if contract_type == "bool":
        if duckdb_type == "BOOLEAN":
            return name
        if text:
            lowered = f"lower(trim({name}))"
            return f"case when {lowered} in {_TRUE} then true when {lowered} in {_FALSE} then false end"
        return f"case when {name} = 1 then true when {name} = 0 then false end" if number else never
    if contract_type == "int":
        if duckdb_type in _INTEGERS:
            return name
        if number:
            return f"case when try_cast({name} as bigint) = {name} then try_cast({name} as bigint) end"
        whole = f"cast(try_cast({name} as bigint) as double) = try_cast({name} as double)"
        return f"case when {whole} then try_cast({name} as bigint) end" if text else never
    if contract_type in ("num", "dec"):
        if number and duckdb_type not in _FLOATS:
            return name
        if contract_type == "dec":
            return f"try_cast({name} as decimal(38, 12))" if text or number else never
        value = f"try_cast({name} as double)"
        return f"case when isfinite({value}) then {value} end" if text or number else never
    if contract_type == "date":
        if duckdb_type in _TIMES:
            return f"cast({name} as date)"
        return f"coalesce(try_cast({name} as date), cast(try_cast({name} as timestamp) as date))" if text else never
    if duckdb_type in _TIMES:
        return f"cast({name} as timestamp)"
    if text:
        # by way of TIMESTAMPTZ, since a plain cast to TIMESTAMP drops an offset such as +02:00 without a word
        clock = f"(try_cast({name} as timestamptz) at time zone 'UTC')"
        epoch = _epoch(f"try_cast({name} as double)")
        return f"case when regexp_full_match(trim({name}), '{_EPOCH_TEXT}') then {epoch} else {clock} end"
    return _epoch(f"cast({name} as double)") if number else never


def needs_check(duckdb_type: str, contract_type: ColumnType) -> bool:
    """False where every non-null value of the DuckDB type already is of the contract type."""
    if contract_type == "str":
        return False
    return not (
        (contract_type == "bool" and duckdb_type == "BOOLEAN")
        or (contract_type == "int" and duckdb_type in _INTEGERS)
        or (contract_type in ("num", "dec") and _is_number(duckdb_type) and duckdb_type not in _FLOATS)
        or (contract_type in ("date", "ts") and duckdb_type in _TIMES)
    )
