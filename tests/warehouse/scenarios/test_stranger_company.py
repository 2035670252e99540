"""A company that shares nothing with the demo, against the truth reckoned while it was written.

Comparisons are exact. Where the exports cannot tell, the truth says None, and so must the warehouse.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.paths import Home
from tests.warehouse.company import build, content_hash, query, segments
from tests.warehouse.stranger import AS_OF, HISTORY_FROM, LAST, Truth, write_stranger

pytestmark = pytest.mark.slow

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Path]:
    """Return the truth and the data folder of one build."""
    company, home = tmp_path_factory.mktemp("stranger"), tmp_path_factory.mktemp("home")
    truth = write_stranger(company)
    content_hash(build(home, company, AS_OF))
    return truth, home


def work(home: Path, sql: str) -> Rows:
    """Read the work file."""
    with duckdb.connect(str(Home(home).work_file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def differences(expected: dict[Any, Any], got: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
    """List (key, expected, got) where the two differ; a key that is missing counts as None."""
    keys = sorted(expected.keys() | got.keys(), key=str)
    return [(key, expected.get(key), got.get(key)) for key in keys if expected.get(key) != got.get(key)]


def crosswalk(home: Path, source_system: str) -> dict[str, str | None]:
    """Return the account of each record of a system; records without one are left out."""
    rows = work(
        home,
        "select source_id, account_id from intermediate.int_identity__crosswalk "
        f"where source_system = '{source_system}' and account_id is not null",
    )
    return dict(rows)


def known(truth: dict[str, str | None]) -> dict[str, str | None]:
    """Return the records whose account the exports can tell."""
    return {key: account for key, account in truth.items() if account}


def months(keys: Iterable[tuple[Any, ...]]) -> set[date]:
    """Return the months in keys that end with one."""
    return {key[-1] for key in keys}


def test_every_billing_customer_meets_its_account_and_no_other(built: tuple[Truth, Path]) -> None:
    truth, home = built
    assert differences(known(truth.billing), crosswalk(home, "stripe")) == []


def test_every_support_organization_meets_its_account_and_no_other(built: tuple[Truth, Path]) -> None:
    truth, home = built
    assert differences(known(truth.organizations), crosswalk(home, "zendesk")) == []


def test_every_end_user_meets_the_account_of_the_address_and_no_agent_meets_any(built: tuple[Truth, Path]) -> None:
    truth, home = built
    assert differences(known(truth.end_users), crosswalk(home, "zendesk_user")) == []


def test_contracted_mrr_is_exact_for_every_customer_currency_and_month(built: tuple[Truth, Path]) -> None:
    truth, home = built
    rows = work(
        home,
        "select customer_id, currency, month_on, mrr_minor from intermediate.int_revenue__customer_currency_month "
        "where mrr_minor != 0",
    )
    got = {(customer, currency, month): mrr for customer, currency, month, mrr in rows}
    assert max(months(truth.mrr)) == date(2026, 2, 1)
    assert differences(truth.mrr, got) == []


def test_recognised_revenue_is_exact_for_every_invoice_line_and_month(built: tuple[Truth, Path]) -> None:
    truth, home = built
    for column, expected in (("earned_minor", truth.recognised), ("earned_credit_minor", truth.credited)):
        rows = work(
            home,
            f"select invoice_id, invoice_line_item_id, month_on, {column} "
            f"from intermediate.int_revenue__recognised_line_month where {column} != 0",
        )
        got = {(invoice, line, month): revenue for invoice, line, month, revenue in rows}
        assert len(expected) > 20
        assert differences({key: value for key, value in expected.items() if value}, got) == []


@pytest.mark.parametrize("day", [date(2024, 9, 30), date(2025, 6, 30), AS_OF])
def test_stages_as_of_three_days_come_from_the_field_history(built: tuple[Truth, Path], day: date) -> None:
    truth, home = built
    after = datetime.combine(day, time.min) + timedelta(days=1)
    tracked = {deal: path for deal, path in truth.stages.items() if HISTORY_FROM <= path[0][0] < after}
    expected = {deal: [stage for at, stage in path if at < after][-1] for deal, path in tracked.items()}
    rows = work(
        home,
        "select opportunity_id, stage_name from intermediate.int_opportunity__event "
        f"where changed_at < timestamp '{after}' and valid_until_at >= timestamp '{after}'",
    )
    got = {deal: stage for deal, stage in rows if deal in expected}
    assert len(expected) > 50
    assert differences(expected, got) == []


def test_seconds_of_support_reach_the_customer_they_were_spent_on(built: tuple[Truth, Path]) -> None:
    truth, home = built
    rows = work(
        home,
        "select customer_id, sum(support_seconds) from intermediate.int_cost__support_customer_month "
        "group by customer_id",
    )
    got = {customer: int(seconds) for customer, seconds in rows}
    assert sum(got.values()) == sum(truth.ticket_seconds.values())
    assert differences({key: value for key, value in truth.ticket_seconds.items() if value}, got) == []


def test_customers_meet_the_deal_that_won_them(built: tuple[Truth, Path]) -> None:
    truth, home = built
    rows = work(
        home,
        "select customer_id, opportunity_id from intermediate.int_lifecycle__customer where opportunity_id is not null",
    )
    paying = {customer for customer, _, _ in truth.mrr}
    assert differences({key: deal for key, deal in truth.won_deal.items() if key in paying}, dict(rows)) == []


def test_acquisition_cost_leaves_out_spend_that_was_told_in_two_ways(built: tuple[Truth, Path]) -> None:
    truth, home = built
    rows = work(home, "select month_on, acquisition_cost_cents from intermediate.int_cost__acquisition_month")
    got = dict(rows)
    expected = {month: int(spend * 100) for month, spend in truth.acquisition.items() if month in got}
    assert expected
    assert {month: got[month] for month in expected} == expected


def test_what_the_company_does_not_tell_stays_unknown(built: tuple[Truth, Path]) -> None:
    _, home = built
    francs = work(
        home,
        "select count(*), count(mrr_cents), count(revenue_cents) from core.fct_customer_month inner join "
        "(select distinct customer_id from intermediate.int_revenue__customer_currency_month where currency = 'CHF') "
        "using (customer_id)",
    )
    assert francs[0][0] > 20
    assert francs[0][1:] == (0, 0)
    nobody = work(
        home,
        "select count(*), count(support_cost_cents) from core.fct_customer_month where customer_id like 'stripe:%'",
    )
    assert nobody[0][0] > 100
    assert nobody[0][1] == 0


def test_its_readers_get_a_list(built: tuple[Truth, Path]) -> None:
    truth, home = built
    open_deals = sum(path[-1][1] not in LAST for path in truth.stages.values())
    assert query(home, "select count(*) from mart_opportunity_play") == [(open_deals,)]
    done = segments(home, "plays")
    assert done.returncode == 0, done.stderr
    assert "Seller 0" in done.stdout
