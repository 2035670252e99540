"""A hash of what a table says: independent of row order, threads and file layout.

It covers column names, types and order, and every row as often as it occurs. Floating-point values enter with
all their digits, so a table hashes equal only if it was computed equal.
"""

import hashlib
from collections.abc import Mapping

import duckdb

from orchestration.landing.names import quoted

# Rows are hashed in groups by their own hash, so that no more than a share of all row hashes is sorted at
# once.
_GROUP_DIGITS = 3


def table_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Return (name, type) of a table given as a quoted SQL name."""
    return [(str(row[0]), str(row[1])) for row in connection.execute(f"describe {table}").fetchall()]


def table_hash(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, int]:
    """Return (SHA-256 as hex, number of rows) of a table given as a quoted SQL name.

    A row's text is each value's text behind its length, null as `-`, so no two rows share one text. The
    session must have `TimeZone` UTC.
    """
    columns = table_columns(connection, table)
    texts = (f"cast({quoted(name)} as varchar)" for name, _ in columns)
    row_text = " || ".join(f"coalesce(cast(length({text}) as varchar) || ':' || {text}, '-')" for text in texts)
    row = connection.execute(
        f"""
        with row_hashes as (
            select md5({row_text}) as row_hash
            from {table}
        ),

        group_hashes as (
            select
                sha256(string_agg(row_hash, '' order by row_hash)) as group_hash,
                left(row_hash, {_GROUP_DIGITS}) as group_key,
                count(*) as n_rows,
            from row_hashes
            group by group_key
        )

        select
            sha256(string_agg(group_hash, '' order by group_key)),
            sum(n_rows),
        from group_hashes
        """
    ).fetchone()
    rows_hash, n_rows = row if row is not None and row[0] is not None else ("empty", 0)
    text = "\n".join([*(f"{name} {kind}" for name, kind in columns), str(n_rows), str(rows_hash)])
    return hashlib.sha256(text.encode()).hexdigest(), int(n_rows)


def overall_hash(table_hashes: Mapping[str, str]) -> str:
    """Return one SHA-256 over named table hashes, independent of their order."""
    return hashlib.sha256(
        "\n".join(f"{name} {table_hashes[name]}" for name in sorted(table_hashes)).encode()
    ).hexdigest()
