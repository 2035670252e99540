"""`segments contract check`: what it says, what it exits with, and that it leaves nothing behind."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestration.cli import app
from orchestration.landing.contract import load_contract
from tests.python.landing.raw_company import OPPORTUNITY, changed, without, write_csv
from tests.python.landing.test_airbyte import billing
from tests.python.landing.test_shapes import stripe
from tests.python.landing.whole_company import rows_of


def check(raw: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["contract", "check", "--raw", str(raw), *options])


def as_json(raw: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(check(raw, "--json").stdout)
    return content


def test_a_crm_alone_is_told_what_billing_would_add(raw: Path) -> None:
    done = check(raw)
    assert done.exit_code == 0
    assert "account                                 3 rows" in done.stdout
    assert "This company has CRM only, without support, usage, marketing and finance." in done.stdout
    assert (
        "What would add most: stripe.customer, stripe.price, stripe.subscription_history and "
        "stripe.subscription_item: " in done.stdout
    )
    assert "ticket                             absent       without it you lack support cost" in done.stdout
    assert done.stdout.endswith("A build can run.\n")


def test_a_missing_column_says_what_it_weakens(raw: Path) -> None:
    write_csv(raw / "salesforce" / "opportunity.csv", without(OPPORTUNITY, "amount"))
    assert "lacks amount: what a deal is worth; its economics are unknown [mart_opportunity_roi," in check(raw).stdout


def test_both_with_additions(raw: Path) -> None:
    stripe(raw)
    for source, table in (("zendesk", "ticket"), ("finance", "product_margin"), ("salesforce", "opportunity_history")):
        write_csv(raw / source / f"{table}.csv", rows_of(load_contract().tables[source, table]))
    done = check(raw)
    assert done.exit_code == 0
    assert "This company has CRM and billing, with support and finance, without usage and marketing." in done.stdout
    assert "What would add most: stripe.invoice and stripe.invoice_line_item: recognised revenue" in done.stdout


def test_what_stops_a_build_is_listed_and_exits_with_three(raw: Path) -> None:
    write_csv(raw / "salesforce" / "opportunity.csv", changed(without(OPPORTUNITY, "stage_name"), 2, close_date="soon"))
    done = check(raw)
    assert done.exit_code == 3
    assert "error: column stage_name is missing and must be there" in done.stdout
    assert "close_date holds 'soon' in row 2" in done.stdout
    assert done.stdout.endswith("A build cannot run yet.\n")
    content = as_json(raw)
    assert content["can_build"] is False
    assert len(list(content["problems"])) == 2  # type: ignore[call-overload]


def test_shapes_and_empty_tables_are_told(raw: Path) -> None:
    billing(raw, "csv")
    (raw / "salesforce" / "task.csv").write_text("id,owner_id,created_date,status,is_deleted,_fivetran_synced\n")
    done = check(raw)
    assert "read: stripe/subscriptions.csv in Airbyte's shape, from discounts" in done.stdout
    assert "task                                empty       without it you lack seller activity" in done.stdout


def test_json_holds_every_contracted_table(raw: Path) -> None:
    content = as_json(raw)
    tables = content["tables"]
    assert isinstance(tables, list)
    assert {(table["source"], table["table"]) for table in tables} == set(load_contract().tables)
    assert content["has"] == ["CRM"]


def test_an_unreadable_file_is_not_absent(raw: Path) -> None:
    (raw / "salesforce" / "task.csv").write_bytes(b"")
    done = check(raw)
    assert done.exit_code == 3
    assert "task                           unreadable" in done.stdout


def test_nothing_is_written(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path / "home"))
    before = sorted(tmp_path.rglob("*"))
    assert check(raw).exit_code == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_wrong_use(raw: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["contract", "check"]).exit_code == 2
    assert check(raw, "--config", str(tmp_path / "none.yml")).exit_code == 3
    assert check(tmp_path / "nowhere").exit_code == 3
