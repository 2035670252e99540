"""What cash and receivables say when a company delivers no payments, or only what its invoice headers state of them."""

from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, copy_company, drop_columns, keep, make_company, query, tables

pytestmark = [pytest.mark.slow, pytest.mark.long]

_MONEY = {"stripe/charge", "stripe/balance_transaction", "stripe/refund", "stripe/dispute", "stripe/payment_intent"}
_STATES_A_PAYMENT = {"status_transitions_paid_at", "charge_id"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a demo company that delivers no money movement, only invoices."""
    place = tmp_path_factory.mktemp("cash")
    made = make_company(place / "made", customers=60)
    changed = copy_company(made, place / "changed")
    keep(changed, [table for table in tables(changed) if table not in _MONEY])
    return changed


def _checks(home: Path) -> dict[str, str]:
    return dict(query(home, "select check_name, status from mart_data_quality where check_group = 'cash'"))


def test_the_header_says_when_a_bill_was_paid(company: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    content_hash(build(home, company))
    assert query(
        home,
        "select bool_and(collected_amount is not null), bool_or(collected_amount > 0), bool_or(days_to_pay > 0) "
        "from mart_cash_timing where segment_id = 'all'",
    ) == [(True, True, True)]
    checks = _checks(home)
    assert checks["payments_are_known"] == "pass"
    assert checks["balance_is_known"] == "info"


def test_payments_that_nobody_dates_are_unknown_and_not_zero(company: Path, tmp_path: Path) -> None:
    undated = copy_company(company, tmp_path / "company")
    drop_columns(undated, lambda table, column: table == "stripe/invoice" and column in _STATES_A_PAYMENT)
    home = tmp_path / "home"
    content_hash(build(home, undated))
    assert query(
        home,
        "select count(*) > 0, count(collected_amount), count(cumulative_collected_amount), count(receivable_amount), "
        "count(days_outstanding), count(days_to_pay), count(payback_month) from mart_cash_timing",
    ) == [(True, 0, 0, 0, 0, 0, 0)]
    # what does not rest on payments is still there
    assert query(
        home, "select bool_and(invoiced_amount is not null and recognised_amount is not null) from mart_cash_timing"
    ) == [(True,)]
    assert query(home, "select distinct payback_status from mart_cash_timing") == [("unknown",)]
    checks = _checks(home)
    assert checks["payments_are_known"] == "info"
    assert checks["receivable_movements_without_date"] == "warn"
    assert checks["receivables_unexplained"] == "pass"
