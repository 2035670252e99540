"""Companies in dollars, yen and dinars with every bad input planted: F1 to F24 at 0.00 against a referee in Python.

Comparisons are exact, in minor units of the document's currency. The referee (`tests/warehouse/finance`) reckons from
the documents it made; nothing it says comes from the project's SQL.
"""

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.paths import Home
from tests.warehouse.company import build, content_hash
from tests.warehouse.finance import AS_OF, EXPONENT, LAST_MONTH, WITHOUT_RATE, Oracle, write_company

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


def major(amount: int, currency: str) -> Decimal:
    """Minor units as major units, exact."""
    return Decimal(amount).scaleb(-EXPONENT[currency])


def majors(amounts: dict[Any, int]) -> dict[Any, Decimal]:
    """Amounts by currency and month as major units; zero left out."""
    return {(c, m): major(amount, c) for (c, m), amount in amounts.items() if amount}


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
        if expected[0] is None or expected[1] is None:
            assert cents is None, (invoice, line, month)
        else:
            assert cents == expected[0] - expected[1], (invoice, line, month)
    assert len(rows) > 1500
    # a month whose rate was never delivered is blocked, and told; the rate of the month before does not serve
    blocked = {(row[6], row[2]) for row in rows if row[9] is None}
    assert blocked == WITHOUT_RATE
    ((detail,),) = built.marts("select detail from mart_data_quality where check_name = 'revenue_without_a_rate'")
    assert "No rate to USD for KWD in 2024-08 (1 month): " in detail
    assert built.marts("select status from mart_data_quality where check_name = 'rates_carried_forward'") == [("pass",)]


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
    closing = built.work("select currency, month_on, closing_minor from core.fct_cash_month")
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


_MOVES = ("new", "expansion", "contraction", "churn", "reactivation")


def test_f11_f12_f13_movements_of_every_customer_and_month(built: Built) -> None:
    rows = built.marts(
        "select customer_id, currency, month_on, movement_class, opening_amount, closing_amount, new_amount, "
        "expansion_amount, contraction_amount, churn_amount, reactivation_amount from mart_mrr_movement_month"
    )
    got: dict[Any, dict[str, Decimal]] = {}
    for customer, currency, month, kind, opening, closing, *moves in rows:
        named = {name: amount for name, amount in zip(_MOVES, moves, strict=True) if amount}
        assert set(named) <= {kind}, (customer, month)
        named = {kind: named.get(kind, Decimal(0))} if kind != "none" else {}
        got[customer, currency, month] = {"opening": opening, "closing": closing, **named}
    expected = {
        key: {name: major(amount, key[1]) for name, amount in parts.items()}
        for key, parts in built.oracle.movements().items()
    }
    expected = {key: parts for key, parts in expected.items() if parts["opening"] or parts["closing"] or key in got}
    assert differences(expected, got) == []
    classes: dict[str, list[str]] = {}
    for customer, _, _, kind, *_ in sorted(rows, key=lambda row: (row[0], row[2])):
        classes.setdefault(customer, []).append(kind)
    for customer, kinds in classes.items():
        moving = [kind for kind in kinds if kind in ("new", "churn", "reactivation")]
        assert moving[0] == "new" and "new" not in moving[1:], customer
        assert all(pair in (("churn", "reactivation"), ("reactivation", "churn")) for pair in pairwise(moving[1:]))
    assert {kind for kinds in classes.values() for kind in kinds} == {*_MOVES, "none"}


def test_a_customer_on_tiers_is_there_with_or_without_bills(built: Built) -> None:
    customers = {s.id: (f"stripe:{s.customer}", s.currency) for s in built.books.subscriptions}
    unknown = built.oracle.unknown()
    for kind, loses in (("to_tiers", False), ("to_tiers_unbilled", True)):
        for name in built.books.planted[kind]:
            customer, currency = customers[name]
            rows = built.work(
                "select month_on, is_active, is_mrr_unknown from core.fct_customer_month "
                f"where customer_id = '{customer}' order by month_on"
            )
            months = {month for who, _, month in unknown if who == customer}
            assert {month for month, _, is_unknown in rows if is_unknown} == months
            assert bool(months) == loses
            classes = built.marts(
                "select movement_class from mart_mrr_movement_month where movement_class != 'none' "
                f"and customer_id = '{customer}' and currency = '{currency}' order by month_on"
            )
            assert [row[0] for row in classes] == ["new", "contraction" if loses else "expansion", "churn"]
            assert [is_active for _, is_active, _ in rows].index(False) == 12
    flagged = built.marts(
        "select customer_id, currency, month_on from mart_mrr_movement_month where is_closing_unknown"
    )
    assert set(flagged) == unknown


def test_f14_f15_movements_sum_to_the_mrr_of_today_in_every_mart(built: Built) -> None:
    expected: dict[Any, int] = {}
    for (_, currency, month), amount in built.oracle.mrr().items():
        expected[currency, month] = expected.get((currency, month), 0) + amount
    moved = built.marts(
        "select currency, sum(new_amount + expansion_amount - contraction_amount - churn_amount "
        "+ reactivation_amount) from mart_mrr_movement_month group by currency"
    )
    assert dict(moved) == {c: major(expected[c, LAST_MONTH], c) for c in EXPONENT}
    tied = built.marts("select currency, month_on, mrr_amount from mart_revenue_reconciliation")
    assert differences(majors(expected), nonzero(keyed(tied))) == []
    cents = built.work("select month_on, sum(mrr_cents) from core.fct_customer_month group by 1")
    reported = built.marts("select month_on, sum(reporting_closing_amount) from mart_mrr_movement_month group by 1")
    assert differences({row[:1]: major(row[1], "USD") for row in cents if row[1]}, nonzero(keyed(reported, 1))) == []


def test_bridges_between_policies_close_without_a_plug(built: Built) -> None:
    rows = built.marts(
        "select month_on, currency, from_policy, to_policy, sum(difference_amount), max(to_mrr_amount) "
        "- max(from_mrr_amount), bool_or(reason = 'unexplained' and difference_amount != 0) "
        "from mart_mrr_policy_bridge group by all"
    )
    assert [row for row in rows if row[4] != row[5] or row[6]] == []
    sums = {row[:4]: row[4] for row in rows}
    assert all(sums.get((month, c, to, origin)) == -amount for (month, c, origin, to), amount in sums.items())
    assert len({row[2] for row in rows}) >= 4


def test_the_reconciliation_says_what_the_referee_says_and_closes(built: Built) -> None:
    oracle = built.oracle
    names = [
        name
        for (name,) in built.marts(
            "select column_name from duckdb_columns() where database_name = 'published' "
            "and table_name = 'mart_revenue_reconciliation'"
        )
        if name.startswith("residual_")
    ]
    assert len(names) >= 6
    left = built.marts(f"select currency, month_on, {', '.join(names)} from mart_revenue_reconciliation")
    # only the reporting amounts of a month whose rate was never delivered are unknown
    assert [row for row in left if any(value for value in row[2:])] == []
    unknown = {(row[:2], name) for row in left for name, value in zip(names, row[2:], strict=True) if value is None}
    reporting = ("residual_margin_reporting_amount", "residual_margin_line_reporting_amount")
    assert unknown == {(month, name) for month in WITHOUT_RATE for name in reporting}
    closing = oracle.deferred_closing()
    for column, expected in {
        "billed_net_amount": oracle.billed_month(),
        "credited_net_amount": oracle.credited_month(),
        "recognised_amount": oracle.recognised_month(),
        "closing_deferred_amount - closing_unbilled_amount": closing,
        "closing_receivable_amount": oracle.receivable_closing(),
    }.items():
        got = built.marts(f"select currency, month_on, {column} from mart_revenue_reconciliation")
        assert differences(majors(expected), nonzero(keyed(got))) == [], column


def test_f15_f16_margin_is_the_same_by_line_by_segment_and_in_total(built: Built) -> None:
    lines = built.marts(
        "select month_on, sum(amount) filter (where component in ('recognised', 'credit_note')), "
        "sum(amount) filter (where component = 'cost_of_service') from mart_margin_line group by 1"
    )
    tied = built.marts(
        "select month_on, sum(recognised_reporting_amount), -sum(cost_of_service_reporting_amount) "
        "from mart_revenue_reconciliation group by 1"
    )
    for place in (1, 2):
        ours = {row[:1]: row[place] for row in lines if row[place]}
        assert differences({row[:1]: row[place] for row in tied if row[place]}, ours) == []
    measures = (
        "earned", "credit_note", "recognised", "refund", "dispute", "cost_of_service", "support", "payment_fees",
        "onboarding", "not_measured", "contribution_margin",
    )  # fmt: skip
    sums = ", ".join(
        f"coalesce(sum({name}_amount) filter (where segment_id = 'all'), 0) "
        f"- coalesce(sum({name}_amount) filter (where segment_id != 'all'), 0)"
        for name in measures
    )
    off = built.marts(f"select month_on, {sums} from mart_margin_durability group by 1")
    assert [row for row in off if any(row[1:])] == []
    assert built.marts("select count(*) from mart_margin_durability where bridge_unexplained_amount != 0") == [(0,)]
    assert len(off) >= 36


def test_f16_pools_are_shared_to_the_cent_and_the_ledger_shows_what_is_off(built: Built) -> None:
    rows = built.work(
        "select pool, month_on, computed_cents, allocated_cents + unallocated_cents, ledger_cents, variance_cents "
        "from core.fct_cost_pool_month"
    )
    pools = {"onboarding", "marketing", "sales", "payment_fees"}
    expected = {key: amount for key, amount in built.oracle.pools().items() if key[0] in pools}
    got = {row[:2]: row[2] for row in rows if row[0] in pools and row[2]}
    assert differences(expected, got) == []
    for pool, month, computed, shared, ledger, variance in rows:
        assert computed is None or computed == shared, (pool, month)
        assert variance is None or variance == ledger - computed, (pool, month)
    off = {row[1].isoformat(): row[5] for row in rows if row[0] == "sales" and row[5]}
    assert off == dict.fromkeys(built.books.planted["ledger_off"], 123_456)


def test_f22_weights_of_acquisition_cost_sum_to_one_and_cents_to_the_item(built: Built) -> None:
    rows = built.work(
        "select cost_item_id, sum(weight_e4), count(*) filter (where customer_id is null), count(*), sum(cost_cents) "
        "from core.fct_acquisition_cost group by 1"
    )
    assert {row[1] for row in rows} == {10_000}
    assert all(missing == 0 or n == 1 for _, _, missing, n, _ in rows)
    expected = sum(v for (pool, _), v in built.oracle.pools().items() if pool in ("marketing", "sales"))
    assert sum(row[4] for row in rows) == expected


@pytest.mark.long
def test_f23_f24_a_second_build_says_the_same_from_scratch_and_on_top(built: Built, tmp_path: Path) -> None:
    assert content_hash(build(tmp_path / "fresh", built.company, AS_OF, anew=True)) == built.content_hash
    assert content_hash(build(tmp_path / "fresh", built.company, AS_OF, anew=True)) == built.content_hash


def test_f17_control_totals_follow_every_document_from_the_raw_tables(built: Built) -> None:
    books = built.books
    documents = {
        "invoices": [(i.currency, i.total) for i in books.invoices],
        "invoice_lines": [(i.currency, line.amount) for i in books.invoices for line in i.lines],
        "credit_notes": [(n.currency, n.total) for n in books.credit_notes],
        "charges": [(c.currency, c.amount) for c in books.charges],
        "refunds": [(r.currency, r.amount) for r in books.refunds],
        "balance_transactions": [(t.currency, t.amount) for t in books.transactions],
    }
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    for chain, amounts in documents.items():
        for currency, amount in amounts:
            n, total = expected.get((chain, currency), (0, 0))
            expected[chain, currency] = (n + 1, total + amount)
    rows = built.marts(
        "select chain, currency, step_kind, step, n_rows, amount_minor, is_broken from mart_control_total"
    )
    raw = {row[:2]: row[4:6] for row in rows if row[3] == "raw" and row[0] in documents}
    assert differences(expected, raw) == []
    assert not any(row[6] for row in rows)
    standing = {row[1]: row[4:6] for row in rows if row[0] == "invoices" and row[2:4] == ("level", "fact")}
    bills = built.oracle.bills
    assert standing == {
        currency: (
            sum(1 for bill in bills if bill.currency == currency),
            sum(bill.total for bill in bills if bill.currency == currency),
        )
        for currency in EXPONENT
    }
