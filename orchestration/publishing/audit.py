"""Checks on the candidate file itself, read-only, before anyone can see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.errors import CheckFailed
from orchestration.landing.names import quoted
from orchestration.publishing.candidate import SCHEMA, open_read_only, public_tables
from orchestration.publishing.content_hash import table_columns


@dataclass(frozen=True)
class AuditResult:
    """One check on one published table."""

    table: str
    check: str
    is_passed: bool
    detail: str


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    row = connection.execute(sql).fetchone()
    return row if row is not None else ()


def _grain(connection: duckdb.DuckDBPyConnection, table: str, grain: Sequence[str], names: Collection[str]) -> str:
    """Return what is wrong with the grain of a table, empty when nothing is."""
    absent = [column for column in grain if column not in names]
    if absent:
        return f"grain column {', '.join(absent)} is missing"
    keys = ", ".join(quoted(column) for column in grain)
    empty = " or ".join(f"{quoted(column)} is null" for column in grain)
    (n_null,) = _one(connection, f"select count(*) from {table} where {empty}")
    if n_null:
        return f"{n_null} rows have an empty key ({', '.join(grain)})"
    first = connection.execute(
        f"select {keys}, count(*) from {table} group by all having count(*) > 1 order by all limit 1"
    ).fetchone()
    if first is None:
        return ""
    key = ", ".join(f"{column} = {value}" for column, value in zip(grain, first[:-1], strict=True))
    return f"{first[-1]} rows share the key {key}"


def _as_of(connection: duckdb.DuckDBPyConnection, table: str, as_of: date) -> str:
    (n_other, other) = _one(
        connection,
        "select count(*), min(cast(as_of_date as varchar)) "
        f"from {table} where as_of_date is distinct from date '{as_of.isoformat()}'",
    )
    return f"{n_other} rows have as_of_date {other} instead of {as_of}" if n_other else ""


def _not_finite(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> str:
    counts = ", ".join(f"count(*) filter (where not isfinite({quoted(column)}))" for column in columns)
    found = zip(columns, _one(connection, f"select {counts} from {table}"), strict=True)
    bad = [f"{column} ({n} rows)" for column, n in found if n]
    return f"not a finite number: {', '.join(bad)}" if bad else ""


def audit(
    file: Path, as_of: date, *, grains: Mapping[str, Sequence[str]], may_be_empty: Collection[str]
) -> list[AuditResult]:
    """Check a candidate or published file.

    Args:
        file: the DuckDB file; opened read-only.
        as_of: the date that every `as_of_date` must hold.
        grains: expected marts with the columns that are unique together and never null.
        may_be_empty: marts that need not have rows.

    Returns:
        One result per table and check; checks that do not apply to a table are left out.
    """
    results: list[AuditResult] = []

    def note(table: str, check: str, wrong: str) -> None:
        results.append(AuditResult(table, check, not wrong, wrong))

    with open_read_only(file, "candidate") as connection:
        tables = public_tables(connection, "candidate", ())
        for name in sorted(set(grains) - set(tables)):
            note(name, "is_there", f"{SCHEMA}.{name} is missing")
        for name, table in tables.items():
            columns = table_columns(connection, table)
            names = [column for column, _ in columns]
            note(name, "is_there", "")
            (n_rows,) = _one(connection, f"select count(*) from {table}")
            if name not in may_be_empty:
                note(name, "has_rows", "" if n_rows else "it has no rows")
            if name in grains:
                note(name, "grain_is_unique", _grain(connection, table, grains[name], names))
            if "as_of_date" in names:
                note(name, "one_as_of_date", _as_of(connection, table, as_of))
            floats = [column for column, kind in columns if kind in ("DOUBLE", "FLOAT")]
            if floats:
                note(name, "numbers_are_finite", _not_finite(connection, table, floats))
    return results


def require_passed(results: Sequence[AuditResult]) -> None:
    """Raise unless every check passed.

    Raises:
        CheckFailed: names each failed table and check.
    """
    failed = [result for result in results if not result.is_passed]
    if failed:
        lines = "; ".join(f"{result.table}: {result.detail} ({result.check})" for result in failed[:20])
        raise CheckFailed(
            f"The audit of the new version failed, nothing was published: {lines}.",
            "Correct the model named first; readers keep the last good version.",
        )
