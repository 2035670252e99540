"""Costs as people type them in, planted by hand: shared to the cent, or a row without customer that says why.

The build itself runs the exact tests F16, so a build that is done already sums; here stands what became of each plant.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.paths import Home
from tests.warehouse.company import build, make_company, query, rewrite
from tests.warehouse.quirks import add_rows

pytestmark = pytest.mark.slow

GTM = "marketing/gtm_cost_monthly"
LEDGER = "finance/gl_monthly"


def _line(month: str, cost_type: str, amount: str, /, **more: Any) -> dict[str, Any]:
    return {"month": month, "cost_type": cost_type, "amount": amount, "currency": "USD", **more}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built company whose costs and ledger are dirty."""
    root = tmp_path_factory.mktemp("cost_dirt")
    company = make_company(root / "company", customers=60)
    add_rows(
        company,
        GTM,
        [
            _line("2026-06-01", "sales", "-100.01", note="bonus taken back"),
            _line("2026-06-01", "marketing", "77.00", currency="CHF"),
            _line("2026-06-01", "sales", "55.55", segment_key="Enterprise"),
            _line("2026-06-01", "sales", "44.44", owner_id="005000000000ZZZ"),
            _line("2026-06-01", "marketing", "33.33", salesforce_campaign_id="701000000000ZZZ"),
            _line("2026-06-01", "onboarding", "22.22", segment_key="Enterprise"),
            _line("2026-06-01", "evnts", "11.11"),
            _line("1999-01-01", "sales", "66.66"),
        ],
    )
    # one series of campaigns that advertising names is deleted in the CRM
    rewrite(
        company,
        "salesforce/campaign",
        "select * replace (is_deleted or name like 'Search brand%' as is_deleted) from source",
    )
    rewrite(company, LEDGER, "from source union all from source")
    add_rows(
        company,
        LEDGER,
        [
            {"month": "2026-06-01", "account_code": "6100 Sales", "amount": "10.00", "currency": "EUR"},
            {"month": "2026-07-01", "account_code": "5100 Customer support", "amount": "1.00", "currency": "CHF"},
            {"month": "2026-06-01", "account_code": "Misc", "amount": "9.99", "currency": "USD"},
        ],
    )
    done = build(root / "home", company)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "home"


@pytest.fixture(scope="module")
def work(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file of that build."""
    with duckdb.connect(str(Home(home).work_file), read_only=True) as connection:
        yield connection


def checks(home: Path) -> dict[str, tuple[str, str]]:
    """Return status and words of each data check by name."""
    rows = query(home, "select check_name, status, detail from mart_data_quality")
    return {name: (status, detail) for name, status, detail in rows}


def unshared(work: duckdb.DuckDBPyConnection, cents: int | None) -> list[tuple[Any, ...]]:
    """Return reason and weight of the unshared stated costs of that amount in June 2026."""
    return work.execute(
        "select unallocated_reason, weight_e4 from core.fct_acquisition_cost where month_on = date '2026-06-01' "
        "and item_type = 'gtm_line' and customer_id is null and cost_cents is not distinct from ?",
        [cents],
    ).fetchall()


def test_a_cost_without_a_rate_blocks_its_month_and_names_it(home: Path, work: duckdb.DuckDBPyConnection) -> None:
    assert unshared(work, None) == [("no_rate", 10000)]
    status, detail = checks(home)["costs_without_rate"]
    assert status == "warn" and "CHF of 2026-06" in detail and "CHF of 2026-07" in detail
    months = dict(
        work.execute(
            "select month_on::varchar, acquisition_cost_cents is null from intermediate.int_cost__acquisition_month"
        ).fetchall()
    )
    assert [month for month, unknown in months.items() if unknown and month >= "2025-11-01"] == ["2026-06-01"]
    # and with it the cost of winning a customer, for everybody and said
    rows = query(home, "select count(cac_amount), min(economics_status) from mart_lifecycle_unit_economics")
    assert rows[0][0] == 0 and "acquisition_unknown" in rows[0][1]


def test_money_that_came_back_is_shared_like_money_spent(work: duckdb.DuckDBPyConnection) -> None:
    rows = work.execute(
        "select sum(cost_cents)::bigint, sum(weight_e4)::bigint, max(cost_cents) < 0 from core.fct_acquisition_cost "
        "where month_on = date '2026-06-01' and pool = 'sales' and cost_item_id in "
        "(select cost_item_id from core.fct_acquisition_cost group by 1 having sum(cost_cents) = -10001)"
    ).fetchall()
    assert rows == [(-10001, 10000, True)]


def test_a_key_that_leads_nowhere_keeps_its_cost_and_says_so(work: duckdb.DuckDBPyConnection) -> None:
    assert unshared(work, 5555) == [("segment_not_found", 10000)]
    assert unshared(work, 4444) == [("owner_not_found", 10000)]
    assert unshared(work, 3333) == [("campaign_not_found", 10000)]
    onboarding = work.execute(
        "select unallocated_reason, cost_cents from core.fct_cost_allocation "
        "where pool = 'onboarding' and customer_id is null and cost_cents = 2222"
    ).fetchall()
    assert onboarding == [("segment_not_found", 2222)]


def test_a_deleted_campaign_takes_no_customer(work: duckdb.DuckDBPyConnection) -> None:
    deleted = work.execute(
        "select count(*) > 0, count(customer_id) from core.fct_acquisition_cost where campaign_id in "
        "(select campaign_id from staging.stg_salesforce__campaign where is_deleted)"
    ).fetchall()
    assert deleted == [(True, 0)]
    reasons = work.execute(
        "select distinct unallocated_reason from core.fct_acquisition_cost where campaign_id in "
        "(select campaign_id from staging.stg_salesforce__campaign where is_deleted)"
    ).fetchall()
    assert reasons == [("campaign_deleted",)]


def test_lines_in_no_pool_or_month_are_counted(home: Path) -> None:
    found = checks(home)
    assert found["cost_lines_in_no_pool"][0] == "warn" and "evnts" in found["cost_lines_in_no_pool"][1]
    rows = query(home, "select n_rows from mart_data_quality where check_name = 'cost_lines_before_first_month'")
    assert rows[0][0] >= 1
    assert "Misc 9.99 USD" in found["ledger_accounts_unmapped"][1]


def test_the_ledger_counts_a_line_once_and_at_its_rate(work: duckdb.DuckDBPyConnection) -> None:
    # the whole ledger was delivered twice, ten euros came on top
    rows = work.execute(
        "select pools.variance_cents - round(10 * rates.rate_to_reporting * 100)::bigint "
        "from core.fct_cost_pool_month as pools cross join intermediate.int_revenue__fx_rate_month as rates "
        "where pools.pool = 'sales' and pools.month_on = date '2026-06-01' "
        "and rates.month_on = pools.month_on and rates.currency = 'EUR'"
    ).fetchall()
    # the ledger does not know the three sales lines planted in that month
    assert rows == [(10001 - 5555 - 4444,)]
    support = work.execute(
        "select ledger_status, ledger_cents, variance_cents from core.fct_cost_pool_month "
        "where pool = 'support' and month_on = date '2026-07-01'"
    ).fetchall()
    assert support == [("no_rate", None, None)]
