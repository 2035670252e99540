"""The demo in Airbyte's shape lands as the demo in the contract's shape: table by table, value by value."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.company import load_company
from orchestration.demo import write_demo
from orchestration.demo.__main__ import main
from orchestration.landing.contract import TableName, load_contract
from orchestration.landing.land import land
from orchestration.landing.names import quoted
from orchestration.landing.types import typed

AS_OF = date(2026, 11, 2)

# What Airbyte's streams do not carry: Fivetran's own columns, the customer of a refund, and text that is derived.
_NOT_CARRIED = {"_fivetran_active", "_fivetran_start", "_fivetran_end", "_fivetran_deleted", "_fivetran_synced"}
_NOT_CARRIED_BY = {("stripe", "refund"): {"customer_id"}}
# Deletion is a status there, and only the present version of a subscription is delivered.
_ONLY = {
    ("zendesk", "ticket"): "not coalesce(_fivetran_deleted, false)",
    ("stripe", "subscription_history"): "_fivetran_active",
}
_OTHER_SIDE = {("zendesk", "ticket"): "status != 'deleted'"}


@pytest.fixture(scope="module", params=["parquet", "csv"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both companies landed, attached as `fivetran` and `airbyte`."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for shape, file_format in (("fivetran", "parquet"), ("airbyte", request.param)):
        folder = tmp_path_factory.mktemp(shape)
        write_demo(folder, n_customers=40, as_of=AS_OF, file_format=file_format, shape=shape)
        company, _ = load_company(folder / "company.yml")
        land(folder / "raw", folder / "work.duckdb", company, AS_OF)
        connection.execute(f"attach '{folder / 'work.duckdb'}' as {shape} (read_only)")
    yield connection
    connection.close()


def _columns(connection: duckdb.DuckDBPyConnection, shape: str, key: TableName) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? and schema_name = ? "
        "and table_name = ?",
        [shape, "raw_" + key[0], key[1]],
    ).fetchall()
    return {str(name): str(kind) for name, kind in rows}


def test_every_value_of_the_crm_billing_and_support_is_the_same(both: duckdb.DuckDBPyConnection) -> None:
    compared = 0
    for key, table in load_contract().tables.items():
        there = _columns(both, "fivetran", key)
        if key[0] not in ("salesforce", "stripe", "zendesk") or not there:
            continue
        here = _columns(both, "airbyte", key)
        missed = _NOT_CARRIED | _NOT_CARRIED_BY.get(key, set())
        names = [c for c in table.columns if c.name in there and c.name not in missed]
        lost = [
            c.name
            for c in names
            if c.name not in here
            and both.execute(f"select count({quoted(c.name)}) from fivetran.raw_{key[0]}.{quoted(key[1])}").fetchall()
            != [(0,)]
        ]
        assert lost == [], key
        kept = [c for c in names if c.name in here]
        sides = [
            f"select distinct {', '.join(typed(c.name, columns[c.name], c.type) for c in kept)} "
            f"from {shape}.raw_{key[0]}.{quoted(key[1])} where {where.get(key, 'true')}"
            for shape, columns, where in (("fivetran", there, _ONLY), ("airbyte", here, _OTHER_SIDE))
        ]
        for one, other in (sides, reversed(sides)):
            assert both.execute(f"select * from ({one}) except ({other}) limit 3").fetchall() == [], key
        compared += both.execute(f"select count(*) from ({sides[0]})").fetchall()[0][0]
    assert compared > 5_000


def test_rows_of_a_stream_keep_their_load_time(both: duckdb.DuckDBPyConnection) -> None:
    sql = "select min(_fivetran_synced), max(_fivetran_synced) from {}.raw_stripe.invoice"
    expected = both.execute(sql.format("fivetran")).fetchall()
    assert [tuple(map(_utc, row)) for row in both.execute(sql.format("airbyte")).fetchall()] == [
        tuple(map(_utc, row)) for row in expected
    ]


def _utc(value: object) -> str:
    return str(value).replace("T", " ").removesuffix("Z")[:19]


def test_the_same_seed_gives_the_same_streams_from_the_command_line(tmp_path: Path) -> None:
    files: list[dict[str, bytes]] = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        assert main(["--out", str(folder), "--customers", "40", "--shape", "airbyte"]) == 0
        files.append({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert {"raw/salesforce/OpportunityHistory.parquet", "raw/zendesk/ticket_audits.parquet"} <= set(files[0])
    assert "raw/stripe/subscription_history.parquet" not in files[0]
    assert files[0] == files[1]
