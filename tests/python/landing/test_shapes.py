"""Other names, several connectors, history mode: what loaders call things lands under the contract's names."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.company import CompanyConfig
from orchestration.landing.contract import load_contract
from orchestration.landing.land import Landing, read_all
from tests.python.landing.raw_company import ACCOUNT, OPPORTUNITY, Rows, changed, write_csv
from tests.python.landing.whole_company import rows_of

_SYNCED = "2025-06-30 02:00:00"


class Landed:
    """A folder landed in memory, to be asked."""

    def __init__(self, raw: Path, company: CompanyConfig | None = None, as_of: date | None = None) -> None:
        self._connection = duckdb.connect()
        self.landing: Landing = read_all(self._connection, raw, company or CompanyConfig(), load_contract(), as_of)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def messages(self) -> list[str]:
        return [problem.message for problem in self.landing.problems]

    def read_as(self, source: str, table: str) -> tuple[str, ...]:
        (report,) = [report for report in self.landing.reports if report.key == (source, table)]
        return report.read_as


def stripe(raw: Path, *tables: str) -> Path:
    """Add contracted Stripe tables, the four required ones if none is named."""
    for name in tables or ("customer", "price", "subscription_history", "subscription_item"):
        write_csv(raw / "stripe" / f"{name}.csv", rows_of(load_contract().tables["stripe", name]))
    return raw


def rename(raw: Path, table: str, to: str) -> Path:
    path = raw / "stripe" / f"{table}.csv"
    path.rename(path.with_name(f"{to}.csv"))
    return path.with_name(f"{to}.csv")


@pytest.mark.parametrize("name", ["subscription", "subscriptions"])
def test_the_older_subscription_table_is_the_history(raw: Path, name: str) -> None:
    rename(stripe(raw), "subscription_history", name)
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query("select count(*) from raw_stripe.subscription_history") == [(3,)]
    assert landed.read_as("stripe", "subscription_history") == (f"stripe/{name}.csv stands for subscription_history",)


def test_history_wins_and_the_other_is_left_alone(raw: Path) -> None:
    stripe(raw)
    write_csv(raw / "stripe" / "subscription.csv", [{"id": "other"}])
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query("select count(*) filter (where id = 'other') from raw_stripe.subscription_history") == [(0,)]
    assert any("stripe/subscription.csv is left alone" in warning for warning in landed.landing.warnings)


_PLAN = {
    "id": "plan_1",
    "product_id": "prod_1",
    "currency": "usd",
    "amount": "900",
    "amount_decimal": "900.5",
    "interval": "year",
    "interval_count": "1",
    "usage_type": "licensed",
    "_fivetran_synced": _SYNCED,
}


def test_a_plan_reads_as_a_price(raw: Path) -> None:
    stripe(raw)
    (raw / "stripe" / "price.csv").unlink()
    write_csv(raw / "stripe" / "plan.csv", [_PLAN])
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query(
        "select id, unit_amount, unit_amount_decimal, recurring_interval, recurring_interval_count, "
        "recurring_usage_type from raw_stripe.price"
    ) == [("plan_1", "900", "900.5", "year", "1", "licensed")]
    assert "amount as unit_amount" in landed.read_as("stripe", "price")


def test_prices_and_plans_are_put_together_and_the_price_wins(raw: Path) -> None:
    stripe(raw)
    price = {"id": "plan_1", "product_id": "prod_1", "currency": "usd", "unit_amount": "1000"}
    write_csv(
        raw / "stripe" / "price.csv",
        [{**price, "recurring_interval": "year", "recurring_interval_count": "1", "_fivetran_synced": _SYNCED}],
    )
    write_csv(raw / "stripe" / "plan.csv", [_PLAN, {**_PLAN, "id": "plan_2", "amount": "700"}])
    assert Landed(raw).query("select id, unit_amount from raw_stripe.price order by id") == [
        ("plan_1", "1000"),
        ("plan_2", "700"),
    ]


def test_a_price_id_is_the_plan_of_an_item(raw: Path) -> None:
    stripe(raw)
    item = {"id": "si_1", "subscription_id": "sub_1", "quantity": "2", "created": _SYNCED, "_fivetran_synced": _SYNCED}
    write_csv(raw / "stripe" / "subscription_item.csv", [{**item, "price_id": "price_1"}])
    assert Landed(raw).query("select plan_id from raw_stripe.subscription_item") == [("price_1",)]


def test_old_and_new_places_of_a_column_meet_row_by_row(raw: Path) -> None:
    """Stripe moved them under parent and pricing; an export over the change holds both."""
    stripe(raw, "customer", "price", "subscription_history", "subscription_item", "invoice", "invoice_line_item")
    line = rows_of(load_contract().tables["stripe", "invoice_line_item"])[0]
    blank = {"subscription_id": "", "price_id": "", "subscription_item_id": "", "proration": ""}
    new = {**line, **blank, "parent_subscription_item_details_subscription": "", "parent": "", "pricing": ""}
    rows: Rows = [
        {**new, "id": "il_old", "subscription_id": "sub_old", "price_id": "price_old"},
        {**new, "id": "il_flat", "parent_subscription_item_details_subscription": "sub_flat"},
        {
            **new,
            "id": "il_json",
            "parent": '{"type": "subscription_item_details", "subscription_item_details": '
            '{"subscription": "sub_json", "subscription_item": "si_json", "proration": true}}',
            "pricing": '{"price_details": {"price": "price_json", "product": "prod"}}',
        },
    ]
    write_csv(raw / "stripe" / "invoice_line_item.csv", rows)
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query(
        "select id, subscription_id, subscription_item_id, price_id, proration from raw_stripe.invoice_line_item"
    ) == [
        ("il_old", "sub_old", None, "price_old", None),
        ("il_flat", "sub_flat", None, None, None),
        ("il_json", "sub_json", "si_json", "price_json", "true"),
    ]


def test_an_invoice_finds_its_subscription_under_parent(raw: Path) -> None:
    stripe(raw, "customer", "price", "subscription_history", "subscription_item", "invoice")
    invoice = rows_of(load_contract().tables["stripe", "invoice"])[0]
    del invoice["subscription_id"]
    write_csv(
        raw / "stripe" / "invoice.csv",
        [{**invoice, "parent": '{"subscription_details": {"subscription": "sub_7"}}'}, {**invoice, "parent": ""}],
    )
    assert Landed(raw).query("select subscription_id from raw_stripe.invoice") == [("sub_7",), (None,)]


@pytest.mark.parametrize(("name", "table"), [("Opportunities", "opportunity"), ("opportunities", "opportunity")])
def test_plural_names_of_the_crm(raw: Path, name: str, table: str) -> None:
    (raw / "salesforce" / f"{table}.csv").rename(raw / "salesforce" / f"{name}.csv")
    write_csv(raw / "salesforce" / "Product2s.csv", rows_of(load_contract().tables["salesforce", "product_2"]))
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query(f"select count(*) from raw_salesforce.{table}") == [(3,)]
    assert landed.query("select count(*) from raw_salesforce.product_2") == [(3,)]


def test_a_k_column_that_is_missing_says_where_it_was_looked_for(raw: Path) -> None:
    stripe(raw)
    write_csv(
        raw / "stripe" / "subscription_item.csv",
        [{"id": "si_1", "subscription_id": "s", "_fivetran_synced": _SYNCED}],
    )
    (message,) = Landed(raw).messages()
    assert "stripe.subscription_item (stripe/subscription_item.csv): column plan_id (str) is missing" in message
    assert "price_id" in message


TWO = CompanyConfig(raw_schemas={"salesforce": ("salesforce", "salesforce_eu")})


def second_connector(raw: Path, rows: Rows = ACCOUNT) -> Path:
    write_csv(raw / "salesforce_eu" / "account.csv", [{**row, "id": f"E{row['id']}", "region": "EU"} for row in rows])
    return raw


def test_two_connectors_are_told_apart(raw: Path) -> None:
    landed = Landed(second_connector(raw), TWO)
    assert landed.messages() == []
    assert landed.query(
        "select source_relation, count(*), count(region) from raw_salesforce.account group by 1 order by 1"
    ) == [("salesforce", 3, 0), ("salesforce_eu", 3, 3)]
    # a table in one folder only says so too
    assert landed.query("select distinct source_relation from raw_salesforce.opportunity") == [("salesforce",)]


def test_one_connector_has_no_source_relation_unless_it_brings_one(raw: Path) -> None:
    def names() -> set[str]:
        found = Landed(raw).query("select column_name from duckdb_columns() where table_name = 'account'")
        return {name for (name,) in found}

    assert "source_relation" not in names()
    write_csv(raw / "salesforce" / "account.csv", [{**row, "source_relation": "union_1"} for row in ACCOUNT])
    assert "source_relation" in names()
    landed = Landed(second_connector(raw), TWO)
    assert landed.query("select distinct source_relation from raw_salesforce.account order by 1") == [
        ("salesforce.union_1",),
        ("salesforce_eu",),
    ]


def test_types_that_differ_between_connectors_become_text(raw: Path) -> None:
    second_connector(raw)
    folder = raw / "salesforce_eu"
    duckdb.sql(
        f"copy (select * replace (cast(created_date as timestamp) as created_date) "
        f"from read_csv('{folder}/account.csv', all_varchar = true)) to '{folder}/account.parquet'"
    )
    (folder / "account.csv").unlink()
    landed = Landed(raw, TWO)
    assert landed.messages() == []
    assert landed.query("select typeof(created_date), min(created_date) from raw_salesforce.account group by 1") == [
        ("VARCHAR", "2024-01-01 09:00:00")
    ]


def test_a_fault_of_the_second_connector_is_told_with_its_folder_and_row(raw: Path) -> None:
    second_connector(raw, changed(ACCOUNT, 2, is_deleted="maybe"))
    (message,) = Landed(raw, TWO).messages()
    assert "salesforce.account (salesforce_eu/account.csv): column is_deleted holds 'maybe' in row 2," in message


def test_a_connector_may_lack_a_table_but_not_a_key_column(raw: Path) -> None:
    write_csv(raw / "salesforce_eu" / "account.csv", [{"id": "E1"}])
    messages = Landed(raw, TWO).messages()
    assert len(messages) == 3
    assert all("salesforce_eu/account.csv" in message for message in messages)


def test_both_connectors_are_in_the_hash(raw: Path) -> None:
    def sha(company: CompanyConfig) -> str:
        return next(r.sha256 for r in Landed(raw, company).landing.reports if r.table == "account")

    alone = sha(CompanyConfig())
    second_connector(raw)
    together = sha(TWO)
    assert together != alone
    second_connector(raw, changed(ACCOUNT, 1, name="Other"))
    assert sha(TWO) != together


def test_history_mode_lands_the_deals_versions(raw: Path) -> None:
    version = {"id": "006000000000001", "stage_name": "Proposal", "_fivetran_start": "2025-06-01 10:00:00"}
    write_csv(raw / "salesforce_history" / "opportunity.csv", [{**version, "_fivetran_end": "9999-12-31 00:00:00"}])
    write_csv(raw / "salesforce_history" / "account.csv", [{"id": "1"}])
    landed = Landed(raw)
    assert landed.messages() == []
    assert landed.query("select id, _fivetran_start from raw_salesforce_history.opportunity") == [
        ("006000000000001", "2025-06-01 10:00:00")
    ]
    assert any("salesforce_history.account" in warning for warning in landed.landing.warnings)
    write_csv(raw / "salesforce_history" / "opportunity.csv", [{**version, "_fivetran_start": "then"}])
    (message,) = Landed(raw).messages()
    assert "salesforce_history.opportunity" in message
    assert "_fivetran_start holds 'then' in row 1" in message


def test_opportunity_rows_of_the_second_connector_count(raw: Path) -> None:
    write_csv(raw / "salesforce_eu" / "opportunity.csv", OPPORTUNITY)
    assert Landed(raw, TWO).query("select count(*) from raw_salesforce.opportunity") == [(6,)]
