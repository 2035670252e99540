"""A warehouse of hand-made raw rows, staged by the real dbt project."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.assets.dbt_session import DbtSession
from orchestration.company import CompanyConfig
from orchestration.landing.contract import load_contract

Row = Mapping[str, object]
RawTables = Mapping[tuple[str, str], Sequence[Row]]

# numbers are written as text, as many exports do
_SQL_TYPES = {
    "str": "varchar", "json": "varchar", "int": "bigint", "num": "varchar", "dec": "varchar", "bool": "boolean",
    "date": "date", "ts": "timestamp",
}  # fmt: skip
_LOADER = {"_fivetran_active": "boolean", "_fivetran_start": "timestamp", "_fivetran_end": "timestamp"}
CONSERVES_ROWS = [
    "assert_staging_conserves_rows",
    "assert_staging_conserves_rows_of_salesforce",
    "assert_staging_conserves_rows_of_stripe",
]
_STAGING = ["staging", "legal_form", "int_landing__quarantine", "int_landing__data_check"]


def write_raw(work_file: Path, tables: RawTables, without: Sequence[str] = ()) -> None:
    """Create raw tables that hold the columns the rows name and those every row must carry (null where unnamed).

    Args:
        work_file: DuckDB file to write.
        tables: rows by (source, table).
        without: columns to leave out although every row must carry them.
    """
    contract = load_contract()
    with duckdb.connect(str(work_file)) as connection:
        connection.execute("create schema raw_landing")
        connection.execute(
            "create table raw_landing.manifest (source varchar, table_name varchar, n_rows bigint, sha256 varchar, "
            "is_present boolean, n_missing_optional_columns integer, lost varchar)"
        )
        for (source, table), rows in tables.items():
            known = contract.tables.get((source, table))
            types = {column.name: _SQL_TYPES[column.type] for column in known.columns} if known else {}
            columns = {column.name for column in known.columns if column.level == "K"} if known else set()
            names = sorted((columns | {name for row in rows for name in row}) - set(without))
            connection.execute(f"create schema if not exists raw_{source}")
            spelled = ", ".join(f'"{name}" {types.get(name) or _LOADER.get(name) or "varchar"}' for name in names)
            connection.execute(f'create table raw_{source}."{table}" ({spelled})')
            marks = ", ".join("?" for _ in names)
            connection.executemany(
                f'insert into raw_{source}."{table}" values ({marks})',
                [[row.get(name) for name in names] for row in rows],
            )


@dataclass(frozen=True)
class Staged:
    """What dbt made of hand-made rows."""

    work_file: Path
    results: dict[str, str]
    messages: dict[str, str]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on the work file."""
        with duckdb.connect(str(self.work_file), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def stage(home: Path, tables: RawTables, select: Sequence[str], without: Sequence[str] = ()) -> Staged:
    """Write raw tables to a work file of its own and let dbt build the selected nodes."""
    work_file = home / "work.duckdb"
    write_raw(work_file, tables, without)
    before = os.environ.get("SEGMENTS_HOME")
    os.environ["SEGMENTS_HOME"] = str(home)
    try:
        session = DbtSession(home / "dbt")
        variables = CompanyConfig().dbt_vars(date(2026, 11, 2), home / "predictions")
        results = session.build(select, variables)
    finally:
        if before is None:
            del os.environ["SEGMENTS_HOME"]
        else:
            os.environ["SEGMENTS_HOME"] = before
    return Staged(
        work_file,
        {result.node.name: str(result.status) for result in results},
        {result.node.name: str(result.message or "") for result in results},
    )


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory, raw_rows: RawTables) -> Iterator[Staged]:
    """The rows of `raw_rows`, staged once for all tests."""
    done = stage(
        tmp_path_factory.mktemp("staged"), raw_rows, [*_STAGING, *CONSERVES_ROWS],
    )  # fmt: skip
    bad = {name: done.messages[name] for name, status in done.results.items() if status not in ("success", "pass")}
    # the predictions of the Python step are not there, and nothing here needs them
    assert all(name.startswith("stg_predictions__") for name in bad), bad
    yield done
