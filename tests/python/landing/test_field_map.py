"""Deal signals in other CRM tables, worked out by hand on a few rows."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.company import CompanyConfig
from tests.python.landing.raw_company import OPPORTUNITY, SYNCED, Rows, write_csv
from tests.python.landing.test_shapes import Landed

_DEAL = "006000000000001"
# the same id at 18 characters; links come in both lengths
_DEAL_LONG = _DEAL + "AAA"


def _quote(number: int, deal: str, discount: str, changed: str, is_deleted: str = "false") -> dict[str, str]:
    return {
        "Id": f"q{number}",
        "Opportunity_Id": deal,
        "Discount__c": discount,
        "SystemModstamp": changed,
        "IsDeleted": is_deleted,
    }


_QUOTES: Rows = [
    _quote(1, _DEAL_LONG, "10", "2025-06-01"),
    _quote(2, _DEAL, "12.5", "2025-06-09"),
    _quote(3, _DEAL, "40", "2025-06-20", is_deleted="true"),
]


def _line(number: int, deal: str, **values: str) -> dict[str, str]:
    return {
        "id": f"00k{number}",
        "opportunity_id": deal,
        "quantity": "1",
        "unit_price": "1",
        "total_price": "1",
        "_fivetran_synced": SYNCED,
        **values,
    }


_LINES: Rows = [
    _line(1, _DEAL, services_c="1000", term_c="12", rebate_c="5", custom_c="false"),
    _line(2, _DEAL_LONG, services_c="250.5", term_c="36", rebate_c="15", custom_c="true"),
    _line(3, "006000000000002", services_c="7", term_c="", rebate_c="", custom_c=""),
]


def _mapped(landed: Landed, *keys: str) -> list[tuple[object, ...]]:
    columns = ", ".join(f"mapped_{key}" for key in keys)
    return landed.query(f"select {columns} from raw_salesforce.opportunity")


def test_the_newest_quote_that_is_not_deleted_counts(raw: Path) -> None:
    write_csv(raw / "salesforce" / "Quote__c.csv", _QUOTES)
    landed = Landed(raw, CompanyConfig(field_map={"discount_pct": "quote_c.discount_c"}))
    assert landed.messages() == []
    assert _mapped(landed, "discount_pct") == [(12.5,), (None,), (None,)]
    assert not any("not read" in warning for warning in landed.landing.warnings)


@pytest.mark.parametrize("link", ["Opportunity__c", "SBQQ__Opportunity2__c"])
def test_custom_links_to_the_deal_are_known(raw: Path, link: str) -> None:
    write_csv(raw / "salesforce" / "SBQQ__Quote__c.csv", [{"Id": "q1", link: _DEAL_LONG, "SBQQ__NetTerm__c": "30"}])
    landed = Landed(raw, CompanyConfig(field_map={"payment_terms_days": "sbqq_quote_c.sbqq_net_term_c"}))
    assert _mapped(landed, "payment_terms_days") == [(30,), (None,), (None,)]


def test_deal_lines_are_put_together(raw: Path) -> None:
    write_csv(raw / "salesforce" / "opportunity_line_item.csv", _LINES)
    fields = {
        "services_amount": "opportunity_line_item.services_c",
        "contract_term_months": "opportunity_line_item.term_c",
        "discount_pct": "opportunity_line_item.rebate_c",
        "success_criteria_documented": "opportunity_line_item.custom_c",
    }
    landed = Landed(raw, CompanyConfig(field_map=fields))
    assert landed.messages() == []
    assert _mapped(landed, *fields) == [
        (1250.5, 36, 15, True),
        (7, None, None, None),
        (None, None, None, None),
    ]


def test_a_column_of_the_account_goes_to_its_deals(raw: Path) -> None:
    accounts = [
        {"id": f"001{n:012d}", "name": "A", "is_deleted": "false", "rival_c": rival, "_fivetran_synced": SYNCED}
        for n, rival in ((1, "Acme"), (2, ""), (3, "Globex"))
    ]
    write_csv(raw / "salesforce" / "account.csv", accounts)
    landed = Landed(raw, CompanyConfig(field_map={"competitor": "account.rival_c"}))
    assert _mapped(landed, "competitor") == [("Acme",), (None,), ("Globex",)]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("quotes_c.discount_c", ["no table salesforce.quotes_c", "did you mean 'quote_c'"]),
        ("quote_c.discout_c", ["lacks that column", "did you mean 'discount_c'"]),
        ("note_c.discount_c", ["no column opportunity_id"]),
    ],
)
def test_what_is_not_there_warns_and_stays_unknown(raw: Path, target: str, words: list[str]) -> None:
    write_csv(raw / "salesforce" / "quote_c.csv", _QUOTES)
    write_csv(raw / "salesforce" / "note_c.csv", [{"id": "1", "discount_c": "2"}])
    landed = Landed(raw, CompanyConfig(field_map={"discount_pct": target}))
    assert landed.messages() == []
    (warning,) = [text for text in landed.landing.warnings if "field_map.discount_pct" in text]
    for word in words:
        assert word in warning
    assert "mapped_discount_pct" not in landed.landing.landed["salesforce", "opportunity"]


def test_a_mapped_value_of_the_wrong_type_is_named_in_its_own_table(raw: Path) -> None:
    write_csv(raw / "salesforce" / "quote_c.csv", [{**_QUOTES[0], "Discount__c": "ten"}])
    (message,) = Landed(raw, CompanyConfig(field_map={"discount_pct": "quote_c.discount_c"})).messages()
    assert "salesforce.quote_c (salesforce/quote_c.csv): column discount_c holds 'ten' in row 1" in message


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(date(2025, 6, 9), 12.5), (date(2025, 6, 8), None)],
)
def test_a_row_that_changed_after_the_as_of_day_tells_nothing(raw: Path, as_of: date, expected: float | None) -> None:
    write_csv(raw / "salesforce" / "quote_c.csv", _QUOTES)
    company = CompanyConfig(field_map={"discount_pct": "quote_c.discount_c"})
    assert _mapped(Landed(raw, company, as_of), "discount_pct")[0] == (expected,)


@pytest.mark.parametrize(("closed_on", "expected"), [("2025-06-02", 12.5), ("2025-06-01", None)])
def test_a_row_that_changed_long_after_the_closing_is_not_what_was_decided_on(
    raw: Path, closed_on: str, expected: float | None
) -> None:
    deals = [{**row, "is_closed": "true", "is_won": "true", "close_date": closed_on} for row in OPPORTUNITY]
    write_csv(raw / "salesforce" / "opportunity.csv", deals)
    write_csv(raw / "salesforce" / "quote_c.csv", _QUOTES)
    company = CompanyConfig(field_map={"discount_pct": "quote_c.discount_c"})
    assert _mapped(Landed(raw, company, date(2025, 6, 30)), "discount_pct")[0] == (expected,)


def test_deals_keep_their_order_and_number(raw: Path) -> None:
    write_csv(raw / "salesforce" / "quote_c.csv", _QUOTES)
    landed = Landed(raw, CompanyConfig(field_map={"discount_pct": "quote_c.discount_c"}))
    assert landed.query("select id from raw_salesforce.opportunity") == [(f"006{n:012d}",) for n in (1, 2, 3)]
