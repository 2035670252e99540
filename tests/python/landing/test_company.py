"""company.yml: defaults, aliases, warnings, refusals."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.company import CompanyConfig, load_company
from orchestration.errors import InputError
from orchestration.landing.contract import CONTRACT_FILE

Writer = Callable[[str], Path]


def test_no_file_means_the_defaults() -> None:
    company, warnings = load_company(None)
    assert company == CompanyConfig()
    assert warnings == []
    assert company.folder("stripe") == "stripe"


def test_aliases_and_values(company_file: Writer) -> None:
    company, warnings = load_company(
        company_file(
            "schemas: {salesforce: sfdc}\ncurrency: eur\ntimezone: Europe/Berlin\nload_time_trusted_from: 2025-01-01\n"
        )
    )
    assert (company.folder("salesforce"), company.reporting_currency) == ("sfdc", "EUR")
    assert company.reporting_timezone == "Europe/Berlin"
    assert company.load_time_trusted_from == date(2025, 1, 1)
    assert warnings == []


def test_unknown_keys_warn_with_the_nearest_name(company_file: Writer) -> None:
    company, warnings = load_company(
        company_file(
            "reporting_curency: EUR\n"
            "field_map: {discout_pct: x_c, competitor: rival_c}\nraw_schemas: {strip: billing}\n"
        )
    )
    assert company.reporting_currency == "USD"
    assert company.field_map == {"competitor": "rival_c"}
    assert any("reporting_curency" in w and "'reporting_currency'" in w for w in warnings)
    assert any("field_map.discout_pct" in w and "'discount_pct'" in w for w in warnings)
    assert any("raw_schemas.strip" in w and "'stripe'" in w for w in warnings)


def test_a_source_may_have_several_folders(company_file: Writer) -> None:
    company, warnings = load_company(
        company_file("raw_schemas: {stripe: [stripe_us, stripe_eu], zendesk: [desk], salesforce: sfdc}\n")
    )
    assert warnings == []
    assert company.folders("stripe") == ("stripe_us", "stripe_eu")
    assert company.folder("stripe") == "stripe_us"
    assert company.folders("zendesk") == ("desk",)
    assert company.folders("salesforce") == ("sfdc",)
    assert company.folders("finance") == ("finance",)


def test_field_map_may_name_another_table_of_the_crm(company_file: Writer) -> None:
    company, warnings = load_company(
        company_file(
            "raw_schemas: {salesforce: [sfdc_us, sfdc_eu]}\n"
            "field_map:\n"
            "  discount_pct: SBQQ__Quote__c.Discount__c\n"
            "  competitor: sfdc_eu.account.rival__c\n"
            "  services_amount: services__c\n"
            "  weekly_capacity_hours: quote_c.hours_c\n"
        )
    )
    assert company.columns_elsewhere() == {
        "competitor": ("account", "rival_c"),
        "discount_pct": ("sbqq_quote_c", "discount_c"),
    }
    assert company.dbt_vars(date(2025, 6, 30), Path("/p"))["field_map"] == {
        "competitor": "mapped_competitor",
        "discount_pct": "mapped_discount_pct",
        "services_amount": "services_c",
    }
    assert len(warnings) == 1
    assert "weekly_capacity_hours" in warnings[0]


def test_field_map_keeps_only_the_column(company_file: Writer) -> None:
    company, warnings = load_company(
        company_file(
            "raw_schemas: {salesforce: sfdc}\n"
            "field_map:\n"
            "  discount_pct: Discount__c\n"
            "  services_amount: opportunity.services_amount_c\n"
            "  loss_reason: sfdc.opportunity.loss_reason_c\n"
            "  weekly_capacity_hours: user.weekly_capacity_hours_c\n"
            "  competitor:\n"
            "  integration_count: stripe.customer.integrations\n"
        )
    )
    assert company.field_map == {
        "discount_pct": "discount_c",
        "services_amount": "services_amount_c",
        "loss_reason": "loss_reason_c",
        "weekly_capacity_hours": "weekly_capacity_hours_c",
    }
    assert len(warnings) == 1
    assert "integration_count" in warnings[0]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("reporting_currency: EURO", "reporting_currency"),
        ("reporting_timezone: Mars/Base", "reporting_timezone"),
        ("mrr_policy: invented", "mrr_policy"),
        ("product_key: sku", "product_key"),
        ('metadata_account_key: "x\' or 1=1 --"', "metadata_account_key"),
        ('ticket_time_field: "t\'; drop table x"', "ticket_time_field"),
        ("field_map: {discount_pct: 'a b) or (1=1'}", "field_map"),
        ("raw_schemas: {salesforce: ../other}", "raw_schemas"),
        ("raw_schemas: salesforce", "raw_schemas"),
        ("raw_schemas: {stripe: [eu, '../us']}", "raw_schemas"),
        ("raw_schemas: {stripe: [eu, eu]}", "raw_schemas"),
        ("raw_schemas: {stripe: []}", "raw_schemas"),
        ("field_map: {discount_pct: 'quote_c.a b'}", "field_map"),
        ("load_time_trusted_from: soon", "load_time_trusted_from"),
    ],
)
def test_a_bad_value_names_file_and_key(company_file: Writer, text: str, key: str) -> None:
    path = company_file(text + "\n")
    with pytest.raises(InputError) as caught:
        load_company(path)
    assert str(path) in caught.value.message
    assert key in caught.value.message
    assert caught.value.next_step


def test_every_policy_of_the_seed_can_be_chosen_and_no_other(company_file: Writer) -> None:
    with (CONTRACT_FILE.parent / "mrr_policy.csv").open(encoding="utf-8", newline="") as file:
        policies = [row["policy"] for row in csv.DictReader(file)]
    for policy in policies:
        company, warnings = load_company(company_file(f"mrr_policy: {policy}\n"))
        assert (company.mrr_policy, warnings) == (policy, [])
    with pytest.raises(InputError) as caught:
        load_company(company_file("mrr_policy: booked\n"))
    assert all(f"'{policy}'" in caught.value.message for policy in policies)
    assert caught.value.message.count("'") == 2 * len(policies)


@pytest.mark.parametrize("text", ["a: [1, 2", "- just\n- a list", "'text'"])
def test_a_file_that_is_not_a_mapping_is_refused(company_file: Writer, text: str) -> None:
    with pytest.raises(InputError, match=r"company\.yml"):
        load_company(company_file(text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_company(tmp_path / "none.yml")


def test_dbt_vars_are_json_and_complete() -> None:
    values = CompanyConfig(field_map={"discount_pct": "discount_c"}).dbt_vars(
        date(2025, 6, 30), Path("/data/predictions")
    )
    assert json.loads(json.dumps(values)) == {
        "as_of_date": "2025-06-30",
        "reporting_currency": "USD",
        "reporting_timezone": "UTC",
        "mrr_policy": "contracted",
        "metadata_account_key": "salesforce_account_id",
        "metadata_opportunity_key": "salesforce_opportunity_id",
        "product_key": "id",
        "ticket_time_field": "time_spent_total_sec",
        "load_time_trusted_from": None,
        "field_map": {"discount_pct": "discount_c"},
        "predictions_dir": "/data/predictions",
    }


def test_a_quote_in_the_predictions_folder_is_refused() -> None:
    with pytest.raises(InputError, match="quote"):
        CompanyConfig().dbt_vars(date(2025, 6, 30), Path("/data/o'brien"))
