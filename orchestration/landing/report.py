"""What a landing brought in: the report, its JSON manifest and its table `raw_landing.manifest`."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.landing.contract import Contract, TableName


@dataclass(frozen=True)
class TableReport:
    """One landed table.

    Attributes:
        file: `folder/file`, several joined by a comma.
        sha256: hash of the file, or of the hashes of several.
        read_as: other names and shapes that were read, in words.
    """

    source: str
    table: str
    file: str
    n_rows: int
    sha256: str
    missing_optional_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    is_contracted: bool
    read_as: tuple[str, ...] = ()

    @property
    def key(self) -> TableName:
        """(canonical source, table)."""
        return self.source, self.table


@dataclass(frozen=True)
class LandingReport:
    """All landed tables and the warnings on the way."""

    as_of: date
    tables: tuple[TableReport, ...]
    warnings: tuple[str, ...]
    newest_event_on: date | None

    @property
    def n_rows(self) -> int:
        """Rows over all tables."""
        return sum(table.n_rows for table in self.tables)


def _manifest_rows(report: LandingReport, contract: Contract) -> list[tuple[object, ...]]:
    landed = {table.key: table for table in report.tables}
    rows: list[tuple[object, ...]] = []
    for key in sorted(contract.tables):
        table = contract.tables[key]
        n_optional = sum(column.level != "K" for column in table.columns)
        found = landed.get(key)
        if found is None:
            rows.append((*key, 0, None, False, n_optional, table.lost_without or None))
            continue
        lost = table.lost_without if found.n_rows == 0 else ""
        if found.missing_optional_columns:
            lost = "; ".join(filter(None, [lost, "columns " + ", ".join(found.missing_optional_columns)]))
        rows.append((*key, found.n_rows, found.sha256, True, len(found.missing_optional_columns), lost or None))
    return rows


def write_table(connection: duckdb.DuckDBPyConnection, report: LandingReport, contract: Contract) -> None:
    """Create `raw_landing.manifest`: one row per contracted table, absent ones too.

    Columns: source, table_name, n_rows, sha256, is_present, n_missing_optional_columns, lost (what the marts
    do without because the table, its rows or its optional columns are not there).
    """
    connection.execute("create schema if not exists raw_landing")
    connection.execute(
        "create table raw_landing.manifest (source varchar, table_name varchar, n_rows bigint, "
        "sha256 varchar, is_present boolean, n_missing_optional_columns integer, lost varchar)"
    )
    rows = _manifest_rows(report, contract)
    connection.executemany("insert into raw_landing.manifest values (?, ?, ?, ?, ?, ?, ?)", rows)


def write_json(report: LandingReport, path: Path) -> None:
    """Write the manifest as JSON: whole or not at all, and the same bytes for the same input."""
    content = {
        "as_of_date": report.as_of.isoformat(),
        "newest_event_on": report.newest_event_on.isoformat() if report.newest_event_on else None,
        "tables": [asdict(table) for table in report.tables],
        "warnings": list(report.warnings),
    }
    replace_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def replace_text(path: Path, text: str) -> None:
    """Write a file beside its place and rename it there."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def summary(tables: Sequence[TableReport]) -> str:
    """Return e.g. `31 tables, 1,204,331 rows`."""
    return f"{len(tables)} tables, {sum(table.n_rows for table in tables):,} rows"
