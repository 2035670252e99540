"""Companies in dollars, yen and dinars with every bad input planted: F1 to F24 at 0.00 against a referee in Python.

Comparisons are exact, in minor units of the document's currency. The referee (`tests/warehouse/finance`) reckons from
the documents it made; nothing it says comes from the project's SQL.
"""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.paths import Home
from tests.warehouse.company import build, content_hash
from tests.warehouse.finance import AS_OF, LAST_MONTH, Oracle, write_company

pytestmark = pytest.mark.slow

Rows = list[tuple[Any, ...]]
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4, 5))]


class Built:
    """A company that was built: what the referee expects, and where the warehouse is."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.company, self.home = folder / "company", folder / "home"
        self.books = write_company(self.company, seed)
        self.oracle = Oracle(self.books)
        self.content_hash = content_hash(build(self.home, self.company, AS_OF))
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{Home(self.home).work_file}' as work (read_only)")
        self.connection.execute(f"attach '{Home(self.home).current.resolve()}' as published (read_only)")

    def work(self, sql: str) -> Rows:
        """Read the work file."""
        self.connection.execute("use work")
        return self.connection.execute(sql).fetchall()

    def marts(self, sql: str) -> Rows:
        """Read what is published."""
        self.connection.execute("use published.marts")
        return self.connection.execute(sql).fetchall()


@pytest.fixture(scope="module", params=SEEDS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return one company, built."""
    return Built(tmp_path_factory.mktemp(f"finance_{request.param}"), request.param)


def differences(expected: dict[Any, Any], got: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
    """List (key, expected, got) where the two differ; a key that is missing counts as None."""
    keys = sorted(expected.keys() | got.keys(), key=str)
    return [(key, expected.get(key), got.get(key)) for key in keys if expected.get(key) != got.get(key)]


def nonzero(amounts: dict[Any, int]) -> dict[Any, int]:
    """The amounts that are not zero."""
    return {key: amount for key, amount in amounts.items() if amount}


def keyed(rows: Rows, width: int = 2) -> dict[Any, Any]:
    """Rows as a mapping: the first columns are the key, the next one the value."""
    found = {row[:width]: row[width] for row in rows}
    assert len(found) == len(rows), "a key occurs twice"
    return found


def test_f04_every_line_earns_its_net_of_discount_and_credits_by_day(built: Built) -> None:
    expected = built.oracle.recognised()
    rows = built.work(
        "select invoice_id, invoice_line_item_id, month_on, recognised_minor from core.fct_revenue_line_month "
        "where earned_minor != 0 or earned_credit_minor != 0"
    )
    assert differences({k: v for k, v in expected.items() if k[2] <= LAST_MONTH}, keyed(rows, 3)) == []


def test_f01_f05_billed_credited_recognised_and_deferred_by_currency_and_month(built: Built) -> None:
    oracle = built.oracle
    rows = built.work(
        "select currency, month_on, sum(billed_minor), sum(credited_minor), sum(recognised_minor) "
        "from core.fct_revenue_line_month group by all"
    )
    got = {key: keyed([(c, m, row[key]) for c, m, *row in rows]) for key in range(3)}
    assert differences(oracle.billed_month(), nonzero(got[0])) == []
    assert differences(oracle.credited_month(), nonzero(got[1])) == []
    assert differences(oracle.recognised_month(), nonzero(got[2])) == []
    closing = built.work(
        "select currency, max(month_on), sum(billed_minor - credited_minor - recognised_minor) "
        "from core.fct_revenue_line_month group by currency"
    )
    assert {c: amount for c, _, amount in closing} == {
        currency: oracle.deferred_closing()[currency, LAST_MONTH] for currency in ("USD", "JPY", "KWD")
    }


def test_f03_credits_stay_within_their_bill_and_the_rest_is_itemised(built: Built) -> None:
    rows = built.work(
        "select credit_note_id, total_minor, tax_minor, net_minor, excess_minor "
        "from intermediate.int_revenue__credit_note"
    )
    expected = {(c.note,): (c.total, c.tax, sum(c.lines.values()), c.excess) for c in built.oracle.credits}
    assert differences(expected, {row[:1]: row[1:] for row in rows}) == []
    assert {row[0] for row in rows if row[4] > 0} >= {
        note.id for note in built.books.credit_notes if note.invoice in built.books.planted["credit_above"]
    }


def test_f11_contracted_mrr_of_every_customer_and_month(built: Built) -> None:
    rows = built.work(
        "select customer_id, currency, month_on, mrr_minor from intermediate.int_revenue__customer_currency_month "
        "where mrr_minor != 0"
    )
    assert differences(built.oracle.mrr(), keyed(rows, 3)) == []


def test_f19_reporting_amounts_are_converted_per_line_and_month(built: Built) -> None:
    oracle = built.oracle
    rows = built.work(
        "select invoice_id, invoice_line_item_id, month_on, billed_minor, earned_minor, earned_credit_minor, "
        "currency, earned_cents, earned_credit_cents, recognised_cents from core.fct_revenue_line_month"
    )
    for invoice, line, month, _, earned, credit, currency, earned_cents, credit_cents, cents in rows:
        expected = oracle.cents(earned, currency, month), oracle.cents(credit, currency, month)
        assert (earned_cents, credit_cents) == expected, (invoice, line, month)
        assert expected[0] is not None and expected[1] is not None
        assert cents == expected[0] - expected[1], (invoice, line, month)
    assert len(rows) > 1500


def test_f17_f18_void_draft_deleted_and_test_mode_documents_count_for_nothing(built: Built) -> None:
    books = built.books
    standing = {invoice.id for invoice in built.oracle.bills}
    excluded = {invoice.id for invoice in books.invoices} - standing
    for kind in ("void", "draft", "deleted"):
        assert set(books.planted[kind]) <= excluded, kind
    assert set(books.planted["voided_after_as_of"]) <= standing
    got = {row[0] for row in built.work("select distinct invoice_id from core.fct_revenue_line_month")}
    assert not got & excluded
    earning = {key[0] for key, value in built.oracle.recognised().items() if value and key[2] <= date(2025, 12, 1)}
    assert earning <= got


def test_f01_every_bill_is_its_lines_less_discount_plus_tax_or_its_gap_is_itemised(built: Built) -> None:
    rows = built.work(
        "select invoice_id, total_minor, tax_minor, net_minor, lines_off_minor, unplaced_discount_minor, "
        "unstated_tax_minor from core.fct_invoice"
    )
    assert {row[0] for row in rows} == {invoice.id for invoice in built.oracle.bills}
    off = {row[0]: row[4] for row in rows if row[4]}
    expected = {i.id: i.missing for i in built.oracle.bills if i.missing}
    assert differences(expected, off) == []
    for invoice, total, tax, net, lines_off, unplaced, unstated_tax in rows:
        assert total == net + tax + lines_off - unplaced + unstated_tax, invoice


def test_f09_what_is_open_on_bills(built: Built) -> None:
    oracle = built.oracle
    rows = built.work(
        "select invoice_id, movement, movement_on, sum(amount_minor) from core.fct_receivable_movement group by all"
    )
    expected: dict[Any, int] = {}
    for move in oracle.receivable_movements():
        key = (move.invoice, move.kind, move.on)
        expected[key] = expected.get(key, 0) + move.amount
    assert differences(nonzero(expected), nonzero(keyed(rows, 3))) == []
    closing = keyed(
        built.work("select currency, month_on, closing_minor from intermediate.int_revenue__receivable_month")
    )
    assert differences(nonzero(oracle.receivable_closing()), nonzero(closing)) == []
    months = built.work(
        "select currency, month_on, opening_minor + invoiced_minor + customer_balance_minor + credit_note_minor "
        "+ payment_minor + write_off_minor - closing_minor, opening_minor, closing_minor "
        "from intermediate.int_revenue__receivable_month order by 1, 2"
    )
    assert {row[2] for row in months} == {0}
    for before, after in pairwise(months):
        if before[0] == after[0]:
            assert before[4] == after[3], after[:2]


def test_f10_cash_by_category_and_what_is_left_at_the_provider(built: Built) -> None:
    rows = built.work(
        "select currency, month_on, category, sum(amount_minor), sum(fee_minor) from core.fct_cash_movement "
        "group by all"
    )
    got = {row[:3]: row[3:] for row in rows}
    assert differences(built.oracle.cash(), got) == []
    balance: dict[tuple[str, date], int] = {}
    for (currency, month, _), (amount, fee) in built.oracle.cash().items():
        for later in built.oracle.all_months():
            if later >= month:
                balance[currency, later] = balance.get((currency, later), 0) + amount - fee
    closing = built.work("select currency, month_on, closing_minor from intermediate.int_revenue__cash_month")
    assert differences(nonzero(balance), nonzero(keyed(closing))) == []
    unknown = built.work("select balance_transaction_id from core.fct_cash_movement where not is_known_type")
    assert {row[0] for row in unknown} == set(built.books.planted["unknown_movement"])


def test_refunds_without_a_credit_note_and_lost_disputes_are_contra_revenue_once(built: Built) -> None:
    rows = built.work(
        "select document_id, total_minor, net_minor, invoice_id from intermediate.int_revenue__contra_revenue"
    )
    got = {row[0]: row[1:] for row in rows}
    assert len(got) == len(rows)
    assert differences(built.oracle.contra(), got) == []


def test_no_money_column_is_a_float_and_minor_units_are_whole(built: Built) -> None:
    columns = built.work(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where database_name = 'work' "
        "and (table_name like 'fct\\_%' escape '\\' or table_name like 'int\\_revenue\\_\\_%' escape '\\' "
        "or table_name like 'int\\_cost\\_\\_%' escape '\\' or table_name like 'mart\\_%' escape '\\')"
    )
    money = re.compile(r"(^|_)(amount|minor|cents|mrr|cost|revenue)$")
    wrong = [row for row in columns if money.search(row[2]) and re.search("DOUBLE|FLOAT", row[3])]
    assert wrong == []
    minor = [row for row in columns if row[2].endswith(("_minor", "_cents")) and row[3] != "BIGINT"]
    assert [row for row in minor if not row[2].endswith("unit_amount_minor")] == []
    assert len(columns) > 200
