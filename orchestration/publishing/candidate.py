"""The candidate: public marts copied from the work file into a file of their own.

The file is written in a storage version that DuckDB 1.2 and later can open, without write-ahead log, and
synced to disk, so that the bytes audited are the bytes published.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.errors import CheckFailed, InputError
from orchestration.landing.names import literal, quoted
from orchestration.publishing.content_hash import table_hash

STORAGE_VERSION = "v1.2.0"
SCHEMA = "marts"


@dataclass(frozen=True)
class Content:
    """Hash and number of rows per table name."""

    hashes: dict[str, str]
    rows: dict[str, int]


@dataclass(frozen=True)
class Description:
    """What a table means, and each of its columns."""

    table: str
    columns: Mapping[str, str]


def connect() -> duckdb.DuckDBPyConnection:
    """Return an in-memory session with fixed settings, to attach files to."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def open_read_only(file: Path, alias: str) -> duckdb.DuckDBPyConnection:
    """Return a session with `file` attached read-only under `alias`.

    Raises:
        InputError: the file is missing or damaged.
    """
    connection = connect()
    try:
        connection.execute(f"attach {literal(str(file))} as {alias} (read_only)")
    except duckdb.Error as error:
        connection.close()
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"The file {file} cannot be opened: {reason}.", "Run `segments build` first.") from error
    return connection


def public_tables(connection: duckdb.DuckDBPyConnection, alias: str, extras: Sequence[str]) -> dict[str, str]:
    """Map public table name to quoted SQL name: schema `marts` and those extras (`schema.table`) there are.

    A mart wins over an extra of the same name.
    """
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ? order by all",
        [alias],
    ).fetchall()
    tables: dict[str, str] = {}
    for schema, name in found:
        if schema == SCHEMA or (f"{schema}.{name}" in extras and name not in tables):
            tables[str(name)] = f"{alias}.{quoted(schema)}.{quoted(name)}"
    return dict(sorted(tables.items()))


def content_of(file: Path, extras: Sequence[str] = ()) -> Content:
    """Hash every public table of a work file or of a published file."""
    with open_read_only(file, "source") as connection:
        found = {
            name: table_hash(connection, table) for name, table in public_tables(connection, "source", extras).items()
        }
    return Content({name: value[0] for name, value in found.items()}, {name: value[1] for name, value in found.items()})


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _describe(connection: duckdb.DuckDBPyConnection, name: str, described: Description) -> None:
    """Write what a table and its columns mean into the file, where BI tools show it."""
    table = f"target.{SCHEMA}.{quoted(name)}"
    connection.execute(f"comment on table {table} is {literal(described.table)}")
    there = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    for column, text in described.columns.items():
        if column in there:
            connection.execute(f"comment on column {table}.{quoted(column)} is {literal(text)}")


def build_candidate(
    work_file: Path,
    candidate: Path,
    order: Mapping[str, Sequence[str]],
    extras: Sequence[str] = (),
    descriptions: Mapping[str, Description] | None = None,
) -> list[str]:
    """Copy the public tables into `candidate`, schema `marts`.

    Args:
        work_file: the finished work file; only read.
        candidate: the new file; anything there is replaced.
        order: columns to sort a table by (its grain), so that equal content lies in equal order.
        extras: further tables as `schema.table`.
        descriptions: what tables mean, by name; written as comments.

    Returns:
        The names of the copied tables.

    Raises:
        CheckFailed: DuckDB left a write-ahead log, or there is nothing to publish.
    """
    log = candidate.with_name(candidate.name + ".wal")
    candidate.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    with open_read_only(work_file, "source") as connection:
        tables = public_tables(connection, "source", extras)
        if not tables:
            raise CheckFailed(f"{work_file} holds no marts to publish.", "Run `segments build` again.")
        target = literal(str(candidate))
        connection.execute(f"attach {target} as target (storage_version {literal(STORAGE_VERSION)})")
        connection.execute(f"create schema target.{SCHEMA}")
        for name, table in tables.items():
            known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            sort = ", ".join(quoted(column) for column in order.get(name, ()) if column in known) or "all"
            connection.execute(f"create table target.{SCHEMA}.{quoted(name)} as select * from {table} order by {sort}")
            if descriptions and name in descriptions:
                _describe(connection, name, descriptions[name])
        connection.execute("checkpoint target")
        connection.execute("detach target")
    if log.exists():
        raise CheckFailed(f"The candidate {candidate} has a write-ahead log left.", "Check the disk and run again.")
    sync(candidate)
    return list(tables)
