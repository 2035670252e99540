"""An explained margin: finding the cell, sums of every level, what does not sum, and how it is written."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import CheckFailed, InputError, WrongUse
from reports.explain import explain_margin
from reports.explain_text import as_rows, as_tree, render_explanation, require_sums

_MONTH = date(2025, 5, 1)
_CELL = {
    "segment_id": "S1",
    "segment_name": "Slow and [durable]",
    "month_on": _MONTH,
    "as_of_date": date(2025, 6, 10),
    "list_value_amount": "1300.000",
    "discount_amount": "200.000",
    "earned_amount": "1100.000",
    "credit_note_amount": "50.000",
    "refund_amount": "0.000",
    "dispute_amount": "0.000",
    "cost_of_service_amount": "220.000",
    "support_amount": "30.005",
    "payment_fees_amount": None,
    "onboarding_amount": "0.000",
    "not_measured_amount": "100.000",
    "contribution_margin_amount": "699.995",
    "contribution_margin_rate": "0.736837",
    "entry_margin_rate": "0.700000",
    "compared_margin_rate": "0.650000",
    "bridge_entry_amount": "600.000",
    "bridge_mix_customers_amount": "20.000",
    "bridge_mix_products_amount": "0.000",
    "bridge_price_amount": "0.000",
    "bridge_discount_amount": "-10.000",
    "bridge_concessions_amount": "-40.000",
    "bridge_unit_cost_amount": "0.000",
    "bridge_services_amount": "0.000",
    "bridge_support_amount": "-20.005",
    "bridge_payment_fees_amount": "0.000",
    "bridge_onboarding_amount": "0.000",
    "bridge_at_entry_amount": "150.000",
    "bridge_no_entry_amount": "0.000",
    "bridge_unexplained_amount": "0.000",
    "margin_status": "partly_known",
    "margin_status_reason": "support cost unknown: 1",
}
_CAUSES = (
    *("mix_products", "price", "discount", "concessions", "unit_cost", "services", "support"),
    *("payment_fees", "onboarding"),
)


def _customer(customer_id: str, comparison: str, known: str, **amounts: str | None) -> dict[str, object]:
    """A customer's row; causes that are not given are zero when it is compared and null when not."""
    zero = "0.000" if comparison == "bridged" else None
    return {
        "segment_id": "S1",
        "month_on": _MONTH,
        "customer_id": customer_id,
        "account_name": None,
        "comparison": comparison,
        "known_amount": known,
        "contribution_amount": None if comparison == "not_measured" else known,
        **dict.fromkeys(("list_amount", "discount_amount", "earned_amount", "credit_note_amount"), "0.000"),
        **dict.fromkeys(("recognised_amount", "refund_amount", "dispute_amount", "onboarding_amount"), "0.000"),
        **dict.fromkeys(("cost_of_service_amount", "support_amount"), "0.000"),
        "payment_fees_amount": None,
        "own_entry_amount": None,
        "unexplained_amount": zero,
        **{f"cause_{cause}_amount": zero for cause in _CAUSES},
        **amounts,
    }


_CUSTOMERS = [
    _customer(
        "acc_one",
        "bridged",
        "549.995",
        account_name="Bolts [& Nuts]",
        list_amount="1000.000",
        discount_amount="200.000",
        earned_amount="800.000",
        credit_note_amount="50.000",
        recognised_amount="750.000",
        cost_of_service_amount="170.000",
        support_amount="30.005",
        own_entry_amount="620.000",
        cause_discount_amount="-10.000",
        cause_concessions_amount="-40.000",
        cause_support_amount="-20.005",
    ),
    _customer(
        "acc_new", "at_entry", "150.000", list_amount="200.000", earned_amount="200.000", cost_of_service_amount="50"
    ),
    _customer(
        "acc_dark", "not_measured", "100.000", list_amount="100.000", earned_amount="100.000", support_amount=None
    ),
]
_LINES = [
    ("acc_one", "recognised", "invoice_line", "in_1", "il_1", "EUR", 80000, "800.000", "1000.000", "200.000"),
    ("acc_one", "credit_note", "credit_note", "cn_1", "il_1", "EUR", -5000, "-50.000", None, None),
    ("acc_one", "cost_of_service", "invoice_line", "in_1", "il_1", "EUR", None, "-170.000", None, None),
    ("acc_one", "support", "ticket", "77", "", None, None, "-30.005", None, None),
    ("acc_new", "recognised", "invoice_line", "in_2", "il_1", "EUR", 20000, "200.000", "200.000", "0.000"),
    ("acc_new", "cost_of_service", "invoice_line", "in_2", "il_1", "EUR", None, "-50.000", None, None),
    ("acc_dark", "recognised", "invoice_line", "in_3", "il_1", "EUR", 10000, "100.000", "100.000", "0.000"),
    ("acc_dark", "support", "ticket", "78", "", None, None, None, None, None),
]


def _publish(
    folder: Path,
    *,
    cell: dict[str, object] | None = None,
    customers: list[dict[str, object]] | None = None,
    lines: list[tuple[object, ...]] | None = None,
) -> Path:
    """Write a published file with the three margin marts: April and May of S1 and S2, May with everything under it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "marts_20250610_abc.duckdb"
    cell = {**_CELL, **(cell or {})}
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        rows = [cell, {**cell, "segment_id": "S2", "segment_name": "Fast and fragile", "month_on": date(2025, 4, 1)}]
        _write(connection, "mart_margin_durability", rows)
        _write(connection, "mart_margin_customer", _CUSTOMERS if customers is None else customers)
        connection.execute(
            "create table marts.mart_margin_line (segment_id varchar, month_on date, customer_id varchar, "
            "component varchar, document_type varchar, document_id varchar, document_line_id varchar, "
            "currency varchar, amount_minor bigint, amount decimal(20,3), list_value_amount decimal(20,3), "
            "discount_amount decimal(20,3))"
        )
        connection.executemany(
            "insert into marts.mart_margin_line values ('S1', date '2025-05-01', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _LINES if lines is None else lines,
        )
    (folder / "current.duckdb").symlink_to(file.name)
    return folder


def _write(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, object]]) -> None:
    def kind(name: str) -> str:
        if name.endswith("_on") or name == "as_of_date":
            return "date"
        return "decimal(20,3)" if name.endswith("_amount") else "decimal(9,6)" if name.endswith("_rate") else "varchar"

    names = list(rows[0])
    connection.execute(f"create table marts.{table} ({', '.join(f'{name} {kind(name)}' for name in names)})")
    marks = ", ".join("?" for _ in names)
    connection.executemany(f"insert into marts.{table} values ({marks})", [[row[n] for n in names] for row in rows])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _publish(tmp_path_factory.mktemp("margin") / "published")


def _shown(published: Path, *, limit: int = 20, customer: str | None = None, width: int = 140) -> str:
    out = io.StringIO()
    found = explain_margin(published, "S1", "2025-05", customer=customer)
    render_explanation(found, Console(file=out, width=width), limit=limit, currency="EUR")
    return out.getvalue()


def test_every_level_sums_to_the_one_above(published: Path) -> None:
    found = explain_margin(published, "S1", "2025-05")
    assert len(found.checks) > 20
    require_sums(found)
    assert (
        found.contribution == sum(item.amount for item in found.items if item.amount is not None) == Decimal("699.995")
    )
    assert [one.customer_id for one in found.customers] == ["acc_one", "acc_new", "acc_dark"]


@pytest.mark.parametrize("segment", ["S1", "s1", "Slow and [durable]", " slow AND [DURABLE] ", "durable"])
@pytest.mark.parametrize("month", ["2025-05", "2025-05-01"])
def test_a_segment_is_found_by_id_or_name(published: Path, segment: str, month: str) -> None:
    assert explain_margin(published, segment, month).segment_id == "S1"


def test_a_wrong_segment_names_the_nearest(published: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        explain_margin(published, "S11", "2025-05")
    assert caught.value.next_step.startswith("Nearest: S1 (Slow and [durable])")
    with pytest.raises(WrongUse) as caught:
        explain_margin(published, "###", "2025-05")
    assert "Segments: S1 (Slow and [durable]), S2 (Fast and fragile)" in caught.value.next_step
    with pytest.raises(WrongUse, match="fits 2 segments"):
        explain_margin(published, "and", "2025-05")


@pytest.mark.parametrize("month", ["2025", "May 2025", "2025-13", "2025-00", "2025-05-02", ""])
def test_what_is_no_month_is_wrong_use(published: Path, month: str) -> None:
    with pytest.raises(WrongUse, match="is not a month"):
        explain_margin(published, "S1", month)


def test_a_month_without_a_cell_names_the_nearest(published: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        explain_margin(published, "S1", "2025-06")
    assert "no complete month 2025-06" in caught.value.message
    assert "Nearest: 2025-05" in caught.value.next_step


def test_a_customer_of_another_cell_is_wrong_use(published: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        explain_margin(published, "S1", "2025-05", customer="acc_on")
    assert "Nearest: acc_one" in caught.value.next_step


def test_a_line_that_is_missing_fails_and_is_named(tmp_path: Path) -> None:
    found = explain_margin(_publish(tmp_path / "published", lines=[_LINES[0], *_LINES[2:]]), "S1", "2025-05")
    with pytest.raises(CheckFailed) as caught:
        require_sums(found)
    assert "Lines sum to: Credit notes: -50.000 above, 0 below" in caught.value.message
    assert "Documents sum to customer acc_one" in caught.value.message
    out = io.StringIO()
    render_explanation(found, Console(file=out, width=100), limit=5, currency="EUR")
    assert "Off: Lines sum to: Credit notes" in " ".join(out.getvalue().split())
    assert "Every level sums" not in out.getvalue()


def test_a_cent_between_two_customers_fails(tmp_path: Path) -> None:
    moved = [
        {**_CUSTOMERS[0], "known_amount": "549.985"},
        {**_CUSTOMERS[1], "known_amount": "150.010"},
        _CUSTOMERS[2],
    ]
    with pytest.raises(CheckFailed, match="Documents sum to customer acc_new"):
        require_sums(explain_margin(_publish(tmp_path / "published", customers=moved), "S1", "2025-05"))


def test_a_bridge_that_does_not_sum_fails(tmp_path: Path) -> None:
    broken = _publish(tmp_path / "published", cell={"bridge_price_amount": "0.010"})
    with pytest.raises(CheckFailed, match="The bridge sums to the contribution margin"):
        require_sums(explain_margin(broken, "S1", "2025-05"))


def test_text_fits_100_columns_and_shows_names_as_they_are(published: Path) -> None:
    text = _shown(published)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "S1 (Slow and [durable]), 2025-05 in EUR" in text
    assert "Bolts [& Nuts]" in text
    assert "unknown" in text
    assert "−0.000" not in text
    assert "−30.005" in text
    assert "Every level sums to the one above" in text


def test_a_narrow_screen_is_respected(published: Path) -> None:
    assert max(len(line) for line in _shown(published, width=80).splitlines()) <= 80


def test_what_is_cut_off_keeps_its_sum(published: Path) -> None:
    text = _shown(published, limit=1)
    assert "and 2 more customers" in text
    assert "and 7 more document lines" in text
    assert "--limit 0" in text
    with pytest.raises(WrongUse):
        _shown(published, limit=-1)


def test_one_customer_has_its_own_bridge(published: Path) -> None:
    found = explain_margin(published, "S1", "2025-05", customer="acc_one")
    require_sums(found)
    assert found.contribution == Decimal("549.995")
    assert found.bridge[0].name == "Own margin rate at entry"
    assert sum(one.amount for one in found.bridge if one.amount is not None) == found.contribution
    assert {one.customer_id for one in found.documents} == {"acc_one"}


def test_a_customer_with_something_unknown_has_no_margin(published: Path) -> None:
    found = explain_margin(published, "S1", "2025-05", customer="acc_dark")
    require_sums(found)
    assert (found.contribution, found.bridge, found.status) == (None, (), "unknown")
    assert "Contribution margin unknown." in _shown(published, customer="acc_dark")


def test_json_keeps_every_digit(published: Path) -> None:
    tree = json.loads(json.dumps(as_tree(explain_margin(published, "S1", "2025-05"))))
    assert tree["contribution_margin"] == "699.995"
    assert tree["documents"][0]["amount"] is None
    assert all(check["is_passed"] for check in tree["checks"])
    assert len(as_tree(explain_margin(published, "S1", "2025-05"), limit=1)["documents"]) == 1


def test_rows_of_each_level_sum(published: Path) -> None:
    rows = as_rows(explain_margin(published, "S1", "2025-05"))
    sums = {
        level: sum(Decimal(row["amount"]) for row in rows if row["level"] == level and row["amount"] is not None)
        for level in ("item", "bridge", "customer", "document")
    }
    assert sums == {
        "item": Decimal("699.995"),
        "bridge": Decimal("699.995"),
        "customer": Decimal("699.995"),
        "document": Decimal("799.995"),
    }


def test_a_file_without_margin_marts_is_an_input_error(tmp_path: Path) -> None:
    file = tmp_path / "marts_old.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
    with pytest.raises(InputError, match="no table marts"):
        explain_margin(file, "S1", "2025-05")


def test_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path))
    runner = CliRunner()
    assert runner.invoke(app, ["explain", "--margin", "S1", "2025-05"]).exit_code == 3
    _publish(tmp_path / "published")
    assert runner.invoke(app, ["explain", "--margin", "S1", "2025-05"]).exit_code == 0
    assert runner.invoke(app, ["explain", "--margin", "S1", "2025-05", "--csv", "--json"]).exit_code == 2
    assert runner.invoke(app, ["explain", "--margin", "S1"]).exit_code == 2
    assert runner.invoke(app, ["explain"]).exit_code == 2
    wrong = runner.invoke(app, ["explain", "--margin", "S9", "2025-05"])
    assert (wrong.exit_code, "Nearest: S" in wrong.stderr) == (2, True)


def test_sums_that_do_not_hold_exit_with_1_and_still_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTS_HOME", str(tmp_path))
    _publish(tmp_path / "published", lines=_LINES[1:])
    done = CliRunner().invoke(app, ["explain", "--margin", "S1", "2025-05", "--csv"])
    assert done.exit_code == 1
    assert done.stdout.startswith("segment_id,month_on,level,what,")
    assert "sums do not hold: Lines sum to: List value: 1300.000 above, 300.000 below" in done.stderr
