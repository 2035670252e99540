"""Raw expectations: the DuckDB source works, each rule sees its fault, unusual companies pass."""

import json
import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
import great_expectations.expectations as gxe
import pytest
from great_expectations import ExpectationSuite

from expectations.results import CheckRow, read_rows
from expectations.runner import main, run_raw_checks
from expectations.suites.raw import TableSuite, raw_suites
from expectations.validate import landed_columns, validate, validate_raw
from orchestration.errors import CheckFailed, InputError
from orchestration.landing.contract import ContractTable, load_contract
from orchestration.paths import PROJECT_DIR

_VALUES = {"str": "'x'", "int": "'1'", "num": "'1.5'", "dec": "'1.5'", "bool": "'true'", "json": "'{}'"}
_TIMES = {"date": "'2025-01-01'", "ts": "'2025-01-01 10:00:00'"}
_SPECIAL = {
    "recurring_interval": "'month'",
    "currency": "'usd'",
    "currency_iso_code": "'USD'",
    "iso_code": "'USD'",
    "from_currency": "'EUR'",
    "to_currency": "'USD'",
    "created": "'1735725600'",
    "role": "'agent'",
    "duration": "'forever'",
}
_STATUS = {
    "invoice": "'paid'",
    "ticket": "'closed'",
    "charge": "'succeeded'",
    "refund": "'succeeded'",
    "credit_note": "'issued'",
}
_OF_TABLE = {"credit_note": {"type": "'post_payment'"}}
_SMALL = ("salesforce.account", "salesforce.opportunity", "stripe.subscription_history")


def landed(path: Path, *changes: str, tables: Collection[str] = _SMALL) -> Path:
    """Write contracted tables (none named: all) of three rows that keep all rules, then change them."""
    with duckdb.connect(str(path)) as connection:
        for table in load_contract().tables.values():
            if not tables or f"{table.source}.{table.name}" in tables:
                create(connection, table)
        for change in changes:
            connection.execute(change)
    return path


def create(connection: duckdb.DuckDBPyConnection, table: ContractTable) -> None:
    values = {**_VALUES, **_TIMES}
    special = {**_SPECIAL, **_OF_TABLE.get(table.name, {}), "status": _STATUS.get(table.name, "'active'")}
    columns = ", ".join(f'{special.get(c.name, values[c.type])} as "{c.name}"' for c in table.columns)
    connection.execute(f"create schema if not exists raw_{table.source}")
    connection.execute(f'create table raw_{table.source}."{table.name}" as select {columns} from range(3)')


def failures(rows: list[CheckRow]) -> list[CheckRow]:
    return [row for row in rows if not row.success]


def suite_of(name: str, query: str, check: Any) -> TableSuite:
    return TableSuite(name, query, ("id",), ExpectationSuite(name, expectations=[check]))


def test_canary_one_passes_one_fails_one_is_broken(tmp_path: Path) -> None:
    """Two libraries that may change under us stand between DuckDB and a result."""
    database = tmp_path / "canary.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table t as select i as id, i - 1 as value from range(5) as r (i)")
    passing, failing, broken = validate(
        database,
        [
            suite_of("good", "select * from t", gxe.ExpectColumnValuesToBeBetween(column="id", min_value=0)),
            suite_of("bad", "select * from t", gxe.ExpectColumnValuesToBeBetween(column="value", min_value=0)),
            suite_of("broken", "select * from t", gxe.ExpectColumnValuesToBeBetween(column="absent", min_value=0)),
        ],
    )
    assert (passing.success, passing.is_broken, passing.is_blocking) == (True, False, False)
    assert (failing.success, failing.is_broken, failing.is_blocking) == (False, False, True)
    assert (failing.unexpected_count, failing.examples) == (1, ("id=0",))
    assert (broken.success, broken.is_broken, broken.is_blocking) == (False, True, True)
    assert broken.exception != ""
    assert "could not run" in broken.message


def test_a_query_for_great_expectations_holds_no_question_mark(tmp_path: Path) -> None:
    """It would be taken for a parameter as soon as a check fails and asks for keys."""
    suites = raw_suites(landed_columns(landed(tmp_path / "work.duckdb", tables=())))
    assert [suite.name for suite in suites if "?" in suite.query] == []


def test_the_file_is_free_after_validation_in_this_process(tmp_path: Path) -> None:
    rows = run_raw_checks(landed(tmp_path / "work.duckdb"))
    assert failures(rows) == []
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:  # a writer can open it
        connection.execute("create table free as select 1 as x")


def test_every_contracted_table_has_a_suite_and_good_data_passes(tmp_path: Path) -> None:
    rows = validate_raw(landed(tmp_path / "work.duckdb", tables=()))
    assert failures(rows) == []
    assert {row.suite for row in rows} == {f"{t.source}.{t.name}" for t in load_contract().tables.values()}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> list[CheckRow]:
    """One file with one fault per rule kind."""
    path = tmp_path_factory.mktemp("raw") / "work.duckdb"
    landed(
        path,
        "insert into raw_salesforce.opportunity by name "
        "select * replace ('O-bad' as id, '140' as probability) from raw_salesforce.opportunity limit 1",
        "update raw_salesforce.account set name = null",
        "update raw_salesforce.task set created_date = '1970-01-01 00:00:00'",
        "update raw_salesforce.contract set start_date = '1985-05-01'",
        "update raw_stripe.subscription_history set status = 'frozen'",
        "update raw_stripe.price set recurring_interval = 'decade'",
        "update raw_stripe.invoice set currency = 'euro'",
        "update raw_finance.fx_rate set rate = '0'",
        "update raw_stripe.charge set amount = '-1'",
        "update raw_stripe.credit_note set type = 'gift'",
        "update raw_salesforce.currency_type set conversion_rate = '0'",
        "update raw_stripe.invoice set total = '900000000000000'",
        "delete from raw_stripe.subscription_item",
        "delete from raw_zendesk.ticket",
        "alter table raw_stripe.invoice_line_item drop amount",
        "alter table raw_zendesk.domain_name drop domain_name",
        tables=(
            *_SMALL,
            "salesforce.task",
            "salesforce.contract",
            "stripe.price",
            "stripe.invoice",
            "stripe.subscription_item",
            "stripe.invoice_line_item",
            "finance.fx_rate",
            "stripe.charge",
            "stripe.credit_note",
            "salesforce.currency_type",
            "zendesk.ticket",
            "zendesk.domain_name",
        ),
    )
    return failures(validate_raw(path))


@pytest.mark.parametrize(
    ("suite", "column", "severity", "words"),
    [
        ("salesforce.opportunity", "probability", "critical", "must lie between 0 and 100: 1 rows"),
        ("salesforce.account", "name", "critical", "must never be empty: 3 rows"),
        ("salesforce.task", "created_date", "critical", "at least 1990-01-01"),
        ("salesforce.contract", "start_date", "warning", "at least 1990-01-01"),
        ("stripe.subscription_history", "status", "warning", "should be one of incomplete,"),
        ("stripe.price", "recurring_interval", "critical", "should be one of day"),
        ("stripe.invoice", "currency", "critical", "3 characters"),
        ("stripe.invoice", "total", "critical", "must lie between"),
        ("finance.fx_rate", "rate", "critical", "must be above 0"),
        ("stripe.charge", "amount", "warning", "must be at least 0"),
        ("stripe.credit_note", "type", "warning", "should be one of pre_payment"),
        ("salesforce.currency_type", "conversion_rate", "critical", "must be above 0"),
        ("stripe.subscription_item", None, "critical", "at least one row"),
        ("zendesk.ticket", None, "warning", "at least one row"),
        ("stripe.invoice_line_item", None, "critical", "must have the columns id, invoice_id, amount"),
        (
            "zendesk.domain_name",
            None,
            "critical",
            "must have the columns organization_id, index, domain_name",
        ),
    ],
)
def test_each_fault_is_found(faulty: list[CheckRow], suite: str, column: str | None, severity: str, words: str) -> None:
    found = [row for row in faulty if (row.suite, row.column) == (suite, column)]
    assert len(found) == 1
    assert not found[0].is_broken
    assert found[0].severity == severity
    assert words in found[0].message


def test_nothing_else_fails(faulty: list[CheckRow]) -> None:
    assert len(faulty) == 16


def test_examples_are_keys_never_values(faulty: list[CheckRow]) -> None:
    (probability,) = [row for row in faulty if row.column == "probability"]
    assert probability.examples == ("id=O-bad",)
    (status,) = [row for row in faulty if row.suite == "stripe.subscription_history"]
    assert "frozen" not in json.dumps([status.message, status.examples])


def test_runner_writes_json_and_exits_zero_on_bad_data(tmp_path: Path) -> None:
    landed(tmp_path / "work.duckdb", "update raw_salesforce.account set name = null")
    output = tmp_path / "result.json"
    command = [
        sys.executable,
        "-m",
        "expectations.runner",
        "raw",
        "--database",
        str(tmp_path / "work.duckdb"),
    ]
    done = subprocess.run([*command, "--output", str(output)], cwd=PROJECT_DIR, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout == b""
    (row,) = failures(read_rows(output))
    assert (row.suite, row.column, row.unexpected_count) == ("salesforce.account", "name", 3)


def test_runner_exits_one_when_a_check_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landed(tmp_path / "work.duckdb")
    broken = suite_of(
        "broken", "select * from raw_salesforce.account", gxe.ExpectColumnValuesToNotBeNull(column="absent")
    )
    monkeypatch.setattr("expectations.validate.raw_suites", lambda _: [broken])
    code = main(["raw", "--database", str(tmp_path / "work.duckdb"), "--output", str(tmp_path / "result.json")])
    assert code == 1
    (row,) = read_rows(tmp_path / "result.json")
    assert row.is_broken


def test_no_file_and_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        run_raw_checks(tmp_path / "none.duckdb")
    (tmp_path / "bad.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(CheckFailed, match="could not run"):
        run_raw_checks(tmp_path / "bad.duckdb")


def test_validation_opens_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = landed(tmp_path / "work.duckdb")

    def refuse(*_: object) -> None:
        raise AssertionError("a network connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert failures(validate_raw(database)) == []
