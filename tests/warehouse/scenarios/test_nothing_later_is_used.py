"""A build for a past date from a later export: absurd values after the date must change nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.warehouse.company import build, columns, content_hash, copy_company, make_company, query, rewrite

pytestmark = pytest.mark.slow

PAST = date(2026, 5, 4)
_END = f"timestamp '{PAST + timedelta(days=1)}'"

_EVENT_TIME = {
    "salesforce/opportunity_history": "created_date",
    "salesforce/opportunity_contact_role": "created_date",
    "salesforce/task": "created_date",
    "salesforce/event": "created_date",
    "stripe/invoice": "created",
    "stripe/charge": "created",
    "zendesk/ticket": "created_at",
    "zendesk/ticket_field_history": "updated",
    "intent/capability_visit_daily": "date_day",
    "product/usage_account_daily": "date_day",
    "finance/fx_rate": "rate_date",
    "marketing/ad_spend_daily": "date_day",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"), customers=400)


def poison(company: Path) -> None:
    """Drop every event after the date and make later states of a row absurd."""
    for table, event_time in _EVENT_TIME.items():
        rewrite(company, table, f"select * from source where {event_time} < {_END}")
    late = f"system_modstamp >= {_END}"
    absurd = {
        "amount": "9000000000",
        "stage_name": "'Closed Won'",
        "is_closed": "true",
        "is_won": "true",
        "close_date": "date '2001-01-01'",
        "probability": "100",
    }
    for column, kind in columns(company, "salesforce/opportunity").items():
        if column.endswith("_c") and kind != "BOOLEAN" and kind != "VARCHAR":
            absurd[column] = "77"
    replaced = ", ".join(f"case when {late} then {v} else {c} end as {c}" for c, v in absurd.items())
    rewrite(company, "salesforce/opportunity", f"select * replace ({replaced}) from source")
    rewrite(
        company,
        "salesforce/opportunity_field_history",
        f"select * replace (case when created_date >= {_END} then '66' else new_value end as new_value) from source",
    )
    ended = f"ended_at >= {_END}"
    rewrite(
        company,
        "stripe/subscription_history",
        f"""select * replace (
            case when {ended} then null else ended_at end as ended_at,
            case when {ended} then null else canceled_at end as canceled_at,
            case when {ended} then 'active' else status end as status
        ) from source""",
    )


def test_absurd_later_values_change_nothing(company: Path, tmp_path: Path) -> None:
    poisoned = copy_company(company, tmp_path / "poisoned")
    poison(poisoned)
    clean = content_hash(build(tmp_path / "clean_home", company, PAST))
    assert content_hash(build(tmp_path / "poisoned_home", poisoned, PAST)) == clean
    # the poison would have shown: the same values in a build for today do
    open_deals = query(tmp_path / "clean_home", "select count(*) from mart_opportunity_play")[0][0]
    assert open_deals > 50
