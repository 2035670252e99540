"""Addresses of people go in with the raw tables and are in no table that the project makes of them."""

from pathlib import Path

import duckdb
import pytest

from orchestration.paths import Home

pytestmark = pytest.mark.slow


def _columns_with_an_address(connection: duckdb.DuckDBPyConnection, schemas: str) -> set[str]:
    """Return schema.table.column of every text column in which a value looks like an e-mail address."""
    columns = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where regexp_matches(table_schema, ?) and data_type = 'VARCHAR' order by all",
        [schemas],
    ).fetchall()
    found = set()
    for schema, table, column in columns:
        row = connection.execute(
            f'select 1 from "{schema}"."{table}" where contains("{column}", \'@\') limit 1'
        ).fetchone()
        if row is not None:
            found.add(f"{schema}.{table}.{column}")
    return found


def test_no_address_gets_past_the_raw_tables(plain: tuple[Path, Path]) -> None:
    _, home = plain
    with duckdb.connect(str(Home(home).work_file), read_only=True) as connection:
        raw = _columns_with_an_address(connection, "^raw_")
        assert {"raw_salesforce.contact.email", "raw_zendesk.user.email"} <= raw
        assert _columns_with_an_address(connection, "^(staging|intermediate|core|marts|reference)$") == set()
