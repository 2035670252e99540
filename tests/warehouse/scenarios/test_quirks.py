"""Each quirk of CRM, billing and support exports, planted by hand: the right figure, or a counted reject."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.paths import Home
from tests.warehouse import quirks
from tests.warehouse.company import build, make_company

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built company with all quirks."""
    root = tmp_path_factory.mktemp("quirks")
    company = make_company(root / "company", customers=60)
    settings = yaml.safe_load((company / "company.yml").read_text(encoding="utf-8"))
    quirks.plant_all(company, settings["ticket_time_field"])
    done = build(root / "home", company)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "home"


@pytest.fixture(scope="module")
def work(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file of that build."""
    with duckdb.connect(str(Home(home).work_file), read_only=True) as connection:
        yield connection


def mrr(work: duckdb.DuckDBPyConnection, name: str, month: str = "2026-10-01") -> int | None:
    """Return a quirk customer's MRR at the end of a month in minor units of its currency; None without a row."""
    row = work.execute(
        "select sum(mrr_minor) from intermediate.int_revenue__subscription_price_month "
        "where subscription_id = ? and month_on = ?",
        [f"sub_qk_{name}", month],
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def revenue(work: duckdb.DuckDBPyConnection, invoice: str) -> dict[str, int]:
    """Return the recognised revenue of a quirk's invoice by month, in minor units."""
    rows = work.execute(
        "select month_on, sum(revenue_minor) from intermediate.int_revenue__recognised_line_month "
        "where invoice_id = ? group by month_on order by month_on",
        [f"in_qk_{invoice}"],
    ).fetchall()
    return {f"{month:%Y-%m}": int(amount) for month, amount in rows}


def owner(work: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """Return the customer id under which a billing customer's subscription counts."""
    row = work.execute(
        "select customer_id from intermediate.int_revenue__subscription where stripe_customer_id = ?",
        [quirks.customer(name)],
    ).fetchone()
    return None if row is None else str(row[0])


def deal(work: duckdb.DuckDBPyConnection, name: str, columns: str) -> tuple[Any, ...]:
    """Return columns of a quirk deal as it stood on the as-of day."""
    row = work.execute(
        f"select {columns} from intermediate.int_opportunity__state where opportunity_id = ?", [quirks.deal(name)]
    ).fetchone()
    assert row is not None
    return row


def fates(work: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """Return the rows of a raw table by what staging did with them."""
    source, name = table.split(".")
    return dict(
        work.execute(
            "select row_fate, sum(n_rows)::bigint from staging.stg_landing__row_fate "
            "where source = ? and table_name = ? group by row_fate",
            [source, name],
        ).fetchall()
    )


# --- billing


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("two_items", 100_00 + 2 * 100_00 + 50_00),
        ("zero_seats", 0),
        ("daily", 30_42),
        ("past_due", 100_00),
        ("cancels_later", 100_00),
        ("percent_coupon", 75_00),
        ("sub_cent", 5_00),
        ("repeated", 100_00),
        ("replaced", 100_00),
        ("yen", 12_000),
        ("dinar", 10_000),
        ("test_mode", None),
    ],
)
def test_recurring_revenue_of_a_billing_quirk(work: duckdb.DuckDBPyConnection, name: str, expected: int | None) -> None:
    assert mrr(work, name) == expected


def test_a_trial_counts_from_its_end(work: duckdb.DuckDBPyConnection) -> None:
    assert (mrr(work, "trial", "2026-07-01"), mrr(work, "trial", "2026-08-01")) == (None, 100_00)


def test_a_hard_deleted_item_counts_until_what_was_billed_for_it_runs_out(work: duckdb.DuckDBPyConnection) -> None:
    assert (mrr(work, "child_gone", "2026-08-01"), mrr(work, "child_gone", "2026-09-01")) == (100_00, None)
    assert revenue(work, "child_gone") == {"2026-06": 32_60, "2026-07": 33_70, "2026-08": 33_70}


@pytest.mark.parametrize(("name", "cents"), [("yen", 84_00), ("dinar", 32_50)])
def test_currencies_without_and_with_three_decimals_convert_by_their_exponent(
    work: duckdb.DuckDBPyConnection, name: str, cents: int
) -> None:
    rows = work.execute(
        "select distinct mrr_cents from core.fct_customer_month where customer_id = ?", [quirks.account(name)]
    ).fetchall()
    assert rows == [(cents,)]


def test_a_proration_that_crosses_a_month_is_earned_by_day_down_and_up(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "proration") == {"2026-07": 15 * 1_00, "2026-08": 16 * 1_00}


def test_a_void_bill_is_no_revenue_and_an_uncollectible_one_is(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "void") == {}
    assert revenue(work, "uncollectible") == {"2026-06": 70_00}


def test_a_bill_without_a_subscription_counts(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "no_subscription") == {"2026-06": 90_00}


def test_a_bill_to_a_customer_that_was_never_delivered_counts_under_its_billing_id(
    work: duckdb.DuckDBPyConnection,
) -> None:
    assert revenue(work, "no_customer") == {"2026-06": 40_00}
    rows = work.execute(
        "select distinct customer_id from intermediate.int_revenue__invoice_line where invoice_id = 'in_qk_no_customer'"
    ).fetchall()
    assert rows == [("stripe:cus_qk_never_delivered",)]


def test_two_different_rows_for_one_bill_are_set_aside_and_counted(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "contested") == {}
    assert fates(work, "stripe.invoice")["conflict"] == 2
    rows = work.execute("select row_key, n_rows from intermediate.int_landing__quarantine").fetchall()
    assert ("in_qk_contested", 2) in [(str(key).split("=")[-1].strip(), n) for key, n in rows]
    (message,) = work.execute(
        "select detail from core.fct_data_check where check_name = 'keys_in_conflict' and status = 'warn'"
    ).fetchall()
    assert "in_qk_contested" in message[0]


def test_a_page_written_twice_is_counted_as_repeats(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "repeated") == {"2026-06": 100_00}
    lines = fates(work, "stripe.invoice_line_item")
    assert lines["repeat"] >= 1
    assert lines["temporary_line"] >= 1


def test_test_mode_never_reaches_a_figure(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "test_mode") == {}
    assert fates(work, "stripe.customer")["test_mode"] >= 1
    assert owner(work, "test_mode") is None


def test_a_line_of_a_bill_that_was_never_delivered_is_counted(work: duckdb.DuckDBPyConnection) -> None:
    assert revenue(work, "orphan") == {}
    ((n_rows,),) = work.execute(
        "select n_rows from core.fct_data_check where check_name = 'invoice_lines_without_invoice'"
    ).fetchall()
    # the contested bill is set aside, so its line has none either
    assert n_rows == 2


# --- identity


def test_a_key_of_15_characters_is_followed_through_a_chain_of_merges(work: duckdb.DuckDBPyConnection) -> None:
    assert owner(work, "chain") == quirks.account("chain")


def test_a_circle_of_merges_ends_at_its_smallest_account_and_is_reported(work: duckdb.DuckDBPyConnection) -> None:
    assert owner(work, "circle") == quirks.account("circle_a")
    rows = work.execute(
        "select distinct canonical_account_id from intermediate.int_identity__account where account_id in (?, ?)",
        [quirks.account("circle_a"), quirks.account("circle_b")],
    ).fetchall()
    assert rows == [(quirks.account("circle_a"),)]
    reasons = work.execute(
        "select reason from intermediate.int_identity__ambiguity where source_id = ?", [quirks.customer("circle")]
    ).fetchall()
    assert ("merge_cycle",) in reasons


@pytest.mark.parametrize("name", ["nobody", "dangling", "twins", "free_mail"])
def test_doubtful_billing_customers_keep_their_own_id(work: duckdb.DuckDBPyConnection, name: str) -> None:
    assert owner(work, name) == f"stripe:{quirks.customer(name)}"


@pytest.mark.parametrize(("name", "reason"), [("twins", "shared_domain"), ("dangling", "dangling_reference")])
def test_doubt_is_listed_with_its_reason(work: duckdb.DuckDBPyConnection, name: str, reason: str) -> None:
    rows = work.execute(
        "select distinct reason from intermediate.int_identity__ambiguity where source_id = ?", [quirks.customer(name)]
    ).fetchall()
    assert (reason,) in rows


# --- support


def ticket(work: duckdb.DuckDBPyConnection, name: str, columns: str) -> tuple[Any, ...]:
    """Return columns of a quirk ticket's placement."""
    row = work.execute(
        f"select {columns} from intermediate.int_identity__ticket where ticket_id = ?", [str(quirks.TICKETS[name])]
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("merged_source", quirks.account("served")),
        ("merged_target", quirks.account("served")),
        ("moved", quirks.account("served")),
        ("requester_only", quirks.account("served")),
        ("by_agent", None),
        ("shared_domain", None),
    ],
)
def test_a_ticket_belongs_to_who_it_was_about(work: duckdb.DuckDBPyConnection, name: str, expected: str | None) -> None:
    assert ticket(work, name, "account_id") == (expected,)


def test_a_merged_ticket_costs_time_but_is_no_second_ticket(work: duckdb.DuckDBPyConnection) -> None:
    assert ticket(work, "merged_source", "is_merged_source, merged_into_ticket_id") == (
        True,
        str(quirks.TICKETS["merged_target"]),
    )
    rows = work.execute(
        "select support_seconds, support_tickets from intermediate.int_cost__support_customer_month "
        "where customer_id = ? and month_on = date '2026-07-01'",
        [quirks.account("served")],
    ).fetchall()
    # 600 of the merged one, 1000 of its target, 300 and 120; three tickets
    assert rows == [(600 + 1000 + 300 + 120, 3)]


# --- deals


def test_pushes_count_and_bringing_forward_does_not(work: duckdb.DuckDBPyConnection) -> None:
    assert deal(work, "pushed", "push_count, close_on") == (2, date(2026, 12, 31))


def test_a_win_back_closed_when_it_was_closed_last(work: duckdb.DuckDBPyConnection) -> None:
    assert deal(work, "reopened", "is_won, closed_at::varchar") == (True, "2026-10-05 09:00:00")


def test_history_that_came_late_and_out_of_order_is_put_in_order(work: duckdb.DuckDBPyConnection) -> None:
    assert deal(work, "late_history", "forward_moves, stage_entered_at::varchar") == (1, "2026-09-01 09:00:00")


def test_a_deal_without_a_created_date_begins_with_its_history(work: duckdb.DuckDBPyConnection) -> None:
    assert deal(work, "no_created", "created_at::varchar") == ("2026-07-04 09:00:00",)


def test_a_probability_is_a_hundredth_of_what_salesforce_says(work: duckdb.DuckDBPyConnection) -> None:
    rows = work.execute(
        "select probability_rate * 100 from staging.stg_salesforce__opportunity where opportunity_id = ?",
        [quirks.deal("half_sure")],
    ).fetchall()
    assert [int(rate) for (rate,) in rows] == [65]


@pytest.mark.parametrize("name", ["omitted", "orphan", "nobodys"])
def test_open_deals_of_every_kind_get_a_play(work: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = work.execute(
        "select count(*) from marts.mart_opportunity_play where opportunity_id = ?", [quirks.deal(name)]
    ).fetchall()
    assert rows == [(1,)]


def test_ages_of_deals_are_never_negative(work: duckdb.DuckDBPyConnection) -> None:
    rows = work.execute(
        "select count(*) from core.fct_opportunity where deal_age_days < 0 or stage_age_days < 0"
    ).fetchall()
    assert rows == [(0,)]
