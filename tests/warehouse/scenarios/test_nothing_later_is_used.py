"""A build for a past date from a later export: absurd values after the date must change nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.warehouse.company import build, columns, copy_company, differing_marts, make_company, query, rewrite

pytestmark = pytest.mark.slow

PAST = date(2026, 5, 4)
_END = f"timestamp '{PAST + timedelta(days=1)}'"
_LATE = f"system_modstamp >= {_END}"

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
# fields that a company may track, and the column of the row they belong to
_TRACKED = {"OwnerId": "owner_id", "AccountId": "account_id", "Type": "type"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company that tracks owner, account and type, and changed all three of every deal after the date."""
    company = make_company(tmp_path_factory.mktemp("company"), customers=200)
    later = " union all ".join(
        f"""select 'later-{field}-' || id as id, id as opportunity_id, '{field}' as field,
            {column} as old_value, {column} as new_value, {_END} + interval '40 days' as created_date,
            false as is_deleted, _fivetran_synced
        from read_parquet('{company}/raw/salesforce/opportunity.parquet') where {_LATE}"""
        for field, column in _TRACKED.items()
    )
    rewrite(
        company,
        "salesforce/opportunity_field_history",
        f"select * from source union all by name select distinct on (id) * from ({later})",
    )
    return company


def poison(company: Path) -> None:
    """Drop every event after the date and make later states of a row absurd."""
    poison_deals(company)
    poison_around_deals(company)
    for table, event_time in _EVENT_TIME.items():
        rewrite(company, table, f"select * from source where {event_time} < {_END}")
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


def poison_deals(company: Path) -> None:
    """Give every deal that changed after the date another owner, account, type, outcome, amount and signals."""
    absurd = {
        "amount": "9000000000",
        "stage_name": "'Closed Won'",
        "is_closed": "true",
        "is_won": "true",
        "close_date": "date '2001-01-01'",
        "probability": "100",
        "type": "'Renewal'",
        "owner_id": "(select min(owner_id) from source)",
        "account_id": "(select min(account_id) from source)",
    }
    for column, kind in columns(company, "salesforce/opportunity").items():
        if column.endswith("_c"):
            absurd[column] = {"BOOLEAN": f"not {column}", "VARCHAR": "'absurd'"}.get(kind, "77")
    replaced = ", ".join(f"case when {_LATE} then {v} else {c} end as {c}" for c, v in absurd.items())
    # price lists show the present only: those of a deal that changed later say nothing about before
    late_deals = f"""select id from read_parquet('{company}/raw/salesforce/opportunity.parquet') where {_LATE}"""
    rewrite(
        company,
        "salesforce/opportunity_line_item",
        f"""select * replace (
            case when opportunity_id in ({late_deals}) then 1 else total_price end as total_price
        ) from source""",
    )
    rewrite(company, "salesforce/opportunity", f"select * replace ({replaced}) from source")
    rewrite(
        company,
        "salesforce/opportunity_field_history",
        f"""select * replace (
            case when created_date < {_END} then new_value
                when field = 'OwnerId' then '005Hs0000000000AAA'
                when field = 'AccountId' then '001Hs0000000000AAA'
                else '66' end as new_value
        ) from source""",
    )


def poison_around_deals(company: Path) -> None:
    """Remove stakeholders after the date, and rewrite tasks done and accounts touched after it."""
    removed = f"created_date < {_END} and hash(id) % 3 = 0 and not is_deleted"
    rewrite(
        company,
        "salesforce/opportunity_contact_role",
        f"""select * replace (
            is_deleted or ({removed}) as is_deleted,
            case when {removed} then {_END} + interval '3 days' else system_modstamp end as system_modstamp
        ) from source""",
    )
    done_later = f"completed_date_time >= {_END}"
    rewrite(
        company,
        "salesforce/task",
        f"""select * replace (
            case when {done_later} then 'Completed' else status end as status,
            case when {done_later} then null else who_id end as who_id,
            case when {done_later} then 99999 else call_duration_in_seconds end as call_duration_in_seconds
        ) from source""",
    )
    rewrite(
        company,
        "salesforce/account",
        f"""select * replace (
            case when {_LATE} then 'Absurd' else industry end as industry,
            case when {_LATE} then 1 else annual_revenue end as annual_revenue,
            case when {_LATE} then (select min(owner_id) from source) else owner_id end as owner_id
        ) from source""",
    )


def _check(company: Path, poisoned: Path, tmp_path: Path) -> None:
    for home, given in (("clean_home", company), ("poisoned_home", poisoned)):
        done = build(tmp_path / home, given, PAST)
        assert done.returncode == 0, done.stdout + done.stderr
    assert differing_marts(tmp_path / "clean_home", tmp_path / "poisoned_home") == []
    # the poison would have shown: the same values in a build for today do
    ((open_deals,),) = query(tmp_path / "clean_home", "select count(*) from mart_opportunity_play")
    assert open_deals > 30
    ((changed,),) = query(
        tmp_path / "clean_home",
        "select count(*) from mart_opportunity_play inner join raw on opportunity_id = id "
        f"where raw.is_closed and {_LATE}",
        raw=poisoned / "raw" / "salesforce" / "late.parquet",
    )
    assert changed > 20


def _remember_poison(poisoned: Path) -> None:
    """Keep the poisoned rows with their time of change, so that a test can show that they were in play."""
    rows = (poisoned / "raw" / "salesforce" / "opportunity.parquet").read_bytes()
    (poisoned / "raw" / "salesforce" / "late.parquet").write_bytes(rows)


def test_absurd_later_values_change_nothing(company: Path, tmp_path: Path) -> None:
    poisoned = copy_company(company, tmp_path / "poisoned")
    poison(poisoned)
    _remember_poison(poisoned)
    _check(company, poisoned, tmp_path)


@pytest.mark.long
def test_absurd_later_values_change_nothing_where_rows_do_not_say_when_they_changed(
    company: Path, tmp_path: Path
) -> None:
    undated, poisoned = copy_company(company, tmp_path / "undated"), copy_company(company, tmp_path / "poisoned")
    poison(poisoned)
    _remember_poison(poisoned)
    for copy in (undated, poisoned):
        rewrite(copy, "salesforce/opportunity", "select * exclude (system_modstamp) from source")
    _check(undated, poisoned, tmp_path)
