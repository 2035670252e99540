"""Check a landed table against its contract: columns there, keys never null, values of the agreed type."""

from dataclasses import dataclass

import duckdb

from orchestration.landing.contract import ColumnType, ContractColumn, ContractTable
from orchestration.landing.copy import LandedPart
from orchestration.landing.names import did_you_mean, quoted
from orchestration.landing.problems import Problem
from orchestration.landing.types import needs_check, typed

_EXPECTED: dict[ColumnType, str] = {
    "str": "text",
    "int": "a whole number",
    "num": "a number",
    "dec": "a number",
    "bool": "true or false (also t, f, 1, 0)",
    "date": "a date such as 2025-03-31",
    "ts": "a time such as 2025-03-31 14:05:00 (UTC) or epoch seconds",
    "json": "JSON text",
}
_SHOWN_VALUE = 40


@dataclass(frozen=True)
class ColumnFinding:
    """Nulls and unreadable values of one column; rows are those of the file, from 1, a CSV header is not counted."""

    column: ContractColumn
    n_null: int
    first_null_row: int | None
    n_wrong: int
    first_wrong_row: int | None


def missing_columns(landed: LandedPart, table: ContractTable) -> tuple[list[Problem], list[str]]:
    """Return problems for absent K columns, and the names of absent N and O columns, which stay unknown."""
    spare = set(landed.columns) - {column.name for column in table.columns}
    problems: list[Problem] = []
    for column in table.columns:
        if column.level == "K" and column.name not in landed.columns:
            others = [path for path in landed.sought.get(column.name, ()) if path != column.name]
            # the same column under the names of all loaders says little; three of them do
            sought = f", also as {', '.join(others[:3])}" if others and not column.name.startswith("_") else ""
            guess = did_you_mean(column.name, spare)
            problems.append(
                Problem(
                    f"Table {landed.part.label}: column {column.name} ({column.type}) is missing{sought}{guess}.",
                    "Add the column to the export.",
                )
            )
    return problems, [c.name for c in table.columns if c.level != "K" and c.name not in landed.columns]


def _conditions(landed: LandedPart, column: ContractColumn) -> tuple[str, str]:
    """SQL that is true for a null that must not be, and for a value of another type."""
    name, kind = quoted(column.name), landed.columns[column.name]
    null = f"{name} is null" if column.level == "K" else "false"
    if not needs_check(kind, column.type):
        return null, "false"
    return null, f"{name} is not null and {typed(column.name, kind, column.type)} is null"


def _findings(
    connection: duckdb.DuckDBPyConnection, landed: LandedPart, columns: list[ContractColumn]
) -> list[ColumnFinding]:
    """Count nulls and unreadable values of all columns in one scan; look for their rows only where there are any."""
    if not columns:
        return []
    conditions = [_conditions(landed, column) for column in columns]
    counts = _one_row(
        connection,
        landed,
        [f"count(*) filter (where {condition})" for pair in conditions for condition in pair],
    )
    found = [(n, counts[2 * n] or 0, counts[2 * n + 1] or 0) for n in range(len(columns))]
    spoiled = [(n, n_null, n_wrong) for n, n_null, n_wrong in found if n_null or n_wrong]
    if not spoiled:
        return []
    first = _one_row(
        connection,
        landed,
        [f"min({landed.row}) filter (where {condition})" for n, _, _ in spoiled for condition in conditions[n]],
    )
    return [
        ColumnFinding(columns[n], n_null, first[2 * at], n_wrong, first[2 * at + 1])
        for at, (n, n_null, n_wrong) in enumerate(spoiled)
    ]


def _one_row(connection: duckdb.DuckDBPyConnection, landed: LandedPart, aggregates: list[str]) -> list[int | None]:
    row = connection.execute(f"select {', '.join(aggregates)} from {landed.relation}").fetchone()
    return [None if value is None else int(value) for value in row or ()]


def _others(n: int) -> str:
    return f" ({n:,} rows in all)" if n > 1 else ""


def check_values(
    connection: duckdb.DuckDBPyConnection, landed: LandedPart, columns: list[ContractColumn]
) -> list[Problem]:
    """Return problems for null keys and values of the wrong type, each with its first row in the file.

    Args:
        columns: contracted columns to check; those that were not landed are passed over.
    """
    label = landed.part.label
    problems: list[Problem] = []
    there = [column for column in columns if column.name in landed.columns]
    for found in _findings(connection, landed, there):
        column = found.column
        if found.first_null_row is not None:
            problems.append(
                Problem(
                    f"Table {label}: column {column.name} is empty in row "
                    f"{found.first_null_row:,}{_others(found.n_null)}, but must never be.",
                    "Fill the value or leave the row out of the export.",
                )
            )
        if found.first_wrong_row is not None:
            at = found.first_wrong_row
            row = connection.execute(
                f"select cast({quoted(column.name)} as varchar) from {landed.relation} "
                f"where {landed.row} = ? and {_conditions(landed, column)[1]} limit 1",
                [at],
            ).fetchone()
            value = str(row[0]) if row else ""
            shown = value if len(value) <= _SHOWN_VALUE else value[:_SHOWN_VALUE] + "..."
            problems.append(
                Problem(
                    f"Table {label}: column {column.name} holds {shown!r} in row "
                    f"{at:,}{_others(found.n_wrong)}, which is not {_EXPECTED[column.type]}.",
                    "Correct the value in the source and export the table again.",
                )
            )
    return problems
