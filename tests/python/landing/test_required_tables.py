"""Which tables a company must bring: those of its CRM or of its billing, each whole or not at all."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.company import CompanyConfig
from orchestration.errors import InputError
from orchestration.landing.land import land
from orchestration.landing.report import LandingReport
from tests.python.landing.raw_company import ACCOUNT, SYNCED, Rows, changed, write_csv

AS_OF = date(2025, 6, 30)

BILLING: dict[str, Rows] = {
    "customer": [{"id": "cus_1", "created": "2025-01-05", "livemode": "true", "_fivetran_synced": SYNCED}],
    "price": [{"id": "price_1", "product_id": "prod_1", "currency": "usd", "_fivetran_synced": SYNCED}],
    "subscription_history": [
        {
            "id": "sub_1",
            "customer_id": "cus_1",
            "status": "active",
            "created": "2025-02-01 10:00:00",
            "start_date": "2025-01-20 10:00:00",
            "livemode": "true",
            "_fivetran_synced": SYNCED,
        }
    ],
    "subscription_item": [
        {"id": "si_1", "subscription_id": "sub_1", "plan_id": "price_1", "_fivetran_synced": SYNCED},
    ],
}


@pytest.fixture
def billing(tmp_path: Path) -> Path:
    """Raw folder of a company without a CRM."""
    for table, rows in BILLING.items():
        write_csv(tmp_path / "billing" / "stripe" / f"{table}.csv", rows)
    return tmp_path / "billing"


def run(raw: Path, company: CompanyConfig | None = None, as_of: date = AS_OF) -> LandingReport:
    return land(raw, raw.parent / "home" / "work.duckdb", company or CompanyConfig(), as_of)


def refused(raw: Path, company: CompanyConfig | None = None, as_of: date = AS_OF) -> InputError:
    with pytest.raises(InputError) as caught:
        run(raw, company, as_of)
    return caught.value


def test_a_crm_alone_and_billing_alone_land(raw: Path, billing: Path) -> None:
    assert {table.source for table in run(raw).tables} == {"salesforce"}
    assert {table.source for table in run(billing).tables} == {"stripe"}


def test_neither_names_both_ways_out(tmp_path: Path) -> None:
    write_csv(tmp_path / "raw" / "zendesk" / "organization.csv", [{"id": "1", "name": "A", "_fivetran_synced": SYNCED}])
    error = refused(tmp_path / "raw")
    assert "neither a CRM nor a billing export" in error.message
    for word in ("salesforce.account", "salesforce.opportunity", "stripe.customer", "subscription_item", "raw_schemas"):
        assert word in error.message + error.next_step


def test_an_empty_folder_names_both_ways_out(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    assert "neither a CRM nor a billing export" in refused(tmp_path / "raw").message


@pytest.mark.parametrize("table", ["account", "opportunity"])
def test_a_crm_comes_with_accounts_and_deals(raw: Path, billing: Path, table: str) -> None:
    for path in (billing / "stripe").iterdir():
        (raw / "stripe").mkdir(exist_ok=True)
        path.rename(raw / "stripe" / path.name)
    (raw / "salesforce" / f"{table}.csv").unlink()
    error = refused(raw)
    assert f"Table salesforce.{table} is missing in" in error.message
    assert "with it or not at all" in error.next_step


@pytest.mark.parametrize("table", list(BILLING))
def test_billing_comes_with_its_four_tables(billing: Path, table: str) -> None:
    (billing / "stripe" / f"{table}.csv").unlink()
    assert f"Table stripe.{table} is missing in" in refused(billing).message


def test_a_required_table_without_rows_says_how_to_build_without_it(raw: Path, billing: Path) -> None:
    (billing / "stripe").rename(raw / "stripe")
    (raw / "salesforce" / "account.csv").write_text(",".join(ACCOUNT[0]) + "\n")
    error = refused(raw)
    assert "salesforce.account has no rows" in error.message
    assert "leave the folder salesforce out" in error.next_step


def test_a_crm_folder_of_nearly_the_name_is_no_missing_crm(billing: Path) -> None:
    write_csv(billing / "salesforc" / "account.csv", ACCOUNT)
    error = refused(billing)
    assert "'salesforc'" in error.message
    assert "raw_schemas.salesforce" in error.next_step


def test_a_folder_of_another_name_is_left_alone(billing: Path) -> None:
    write_csv(billing / "hubspot" / "deal.csv", ACCOUNT)
    assert any("hubspot" in warning for warning in run(billing).warnings)


def test_a_crm_folder_that_company_yml_names_must_be_there(billing: Path) -> None:
    error = refused(billing, CompanyConfig(raw_schemas={"salesforce": "crm_export"}))
    assert "folder crm_export" in error.message


def test_subscriptions_date_a_company_without_a_crm(billing: Path) -> None:
    error = refused(billing, as_of=date(2025, 1, 19))
    assert "the first row of stripe.subscription_history is of 2025-01-20" in error.message
    run(billing, as_of=date(2025, 1, 20))


def test_the_earlier_of_crm_and_billing_bounds_the_date(raw: Path, billing: Path) -> None:
    (billing / "stripe").rename(raw / "stripe")
    run(raw, as_of=date(2025, 1, 20))
    assert "stripe.subscription_history" in refused(raw, as_of=date(2025, 1, 19)).message
    late = changed(BILLING["subscription_history"], 1, created="2025-06-20", start_date="2025-06-20")
    write_csv(raw / "stripe" / "subscription_history.csv", late)
    assert "salesforce.opportunity is of 2025-06-01" in refused(raw, as_of=date(2025, 5, 31)).message
