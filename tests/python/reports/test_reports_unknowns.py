"""What the page and the terminal say about what a build could not know."""

from datetime import date
from pathlib import Path

import pytest
from fixture_marts import publish

from reports.published import Check, PublishedWeek, Segment
from reports.site import render_this_week
from reports.unknowns import SHOWN, has_crm, in_short, sentence, unknowns, unmatched_revenue, verdict_without_deals


def check(name: str, status: str = "info", group: str = "coverage", n: int | None = 1, detail: str = "Words") -> Check:
    return Check(name, group, status, n, detail)


def row(name: str, status: str = "info", detail: str = "Words", group: str = "coverage") -> dict[str, object]:
    return {"check_name": name, "check_group": group, "status": status, "n_rows": 1, "detail": detail}


def week(*checks: Check, segments: tuple[Segment, ...] = ()) -> PublishedWeek:
    return PublishedWeek("run", date(2025, 3, 5), date(2025, 3, 3), (), segments, checks)


def segment(name: str, low: float | None = 0.75) -> Segment:
    return Segment(name, name, "", 0, 0.81, low, 0.86, None, None, None, False, "mature")


def test_info_counts_for_coverage_only_and_doubts_of_the_data_keepers_do_not() -> None:
    found = unknowns(
        [
            check("passed", "pass"),
            check("tables_absent", "info", "landing"),
            check("rates", "warn", "economics"),
            check("merge_cycles", "warn", "identity"),
            check("delivered_usage"),
            check("delivered_crm"),
        ]
    )
    assert [c.check_name for c in found] == ["delivered_crm", "delivered_usage", "rates"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (check("a", n=3, detail="No tickets, of course"), "No tickets, of course"),
        (check("a", "warn", "economics", 66, "Open deals without ROI, of 80"), "66 open deals without ROI, of 80"),
        (check("a", "warn", "economics", 2, "No rate for EUR, GBP"), "No rate for EUR, GBP"),
        (check("a_check", "warn", "economics", 2, ""), "a check"),
    ],
)
def test_the_count_leads_where_the_words_say_of_how_many(given: Check, words: str) -> None:
    assert sentence(given) == words


@pytest.mark.parametrize(
    ("status", "detail", "words"),
    [
        (
            "warn",
            "Recognised revenue without a CRM account: 5.09 per cent; largest: cus_2",
            "5.09 % of revenue without",
        ),
        ("pass", "Recognised revenue without a CRM account: 0.00 per cent", "0.00 % of revenue without"),
        ("pass", "No recognised revenue in the last 12 complete months", ""),
        ("info", "Recognised revenue without a CRM account: 100.00 per cent", ""),
    ],
)
def test_unmatched_revenue_is_a_headline_of_companies_with_crm_and_billing(
    tmp_path: Path, status: str, detail: str, words: str
) -> None:
    found = check("revenue_unmatched", status, "identity", 1, detail)
    assert unmatched_revenue([found]).startswith(words)
    page = render_this_week(publish(tmp_path, checks=[row("revenue_unmatched", status, detail, "identity")]))
    assert ("of revenue without a CRM account" in page) == bool(words)


def test_a_build_that_says_nothing_of_a_crm_has_one() -> None:
    assert has_crm([])
    assert has_crm([check("delivered_crm", "pass")])
    assert not has_crm([check("delivered_crm")])


def test_the_verdict_without_deals_says_why_and_what_is_known() -> None:
    missing = check("delivered_crm")
    assert verdict_without_deals(week()) == "No open deals this week."
    assert verdict_without_deals(week(missing)) == "No deals were delivered, so there are no plays."
    said = verdict_without_deals(week(missing, segments=(segment("S1"),)))
    assert said.endswith("81% (75% to 86%) of customers are still there after 12 months.")
    assert "(" not in verdict_without_deals(week(missing, segments=(segment("S1", None),)))
    # of two segments neither speaks for all customers
    assert verdict_without_deals(week(missing, segments=(segment("S1"), segment("S2")))).endswith("no plays.")


def test_the_terminal_cuts_a_long_list() -> None:
    many = [check(f"delivered_{n}", detail=f"No {n}") for n in range(SHOWN + 2)]
    assert in_short(many[:SHOWN]) == [f"No {n}" for n in range(SHOWN)]
    assert in_short(many)[-1] == "and 2 more on the page"


def test_the_page_says_what_was_not_known_and_folds_the_rest(tmp_path: Path) -> None:
    rows = [row(f"delivered_{n}", detail=f"No {n} & none") for n in range(SHOWN + 1)]
    page = render_this_week(publish(tmp_path, checks=rows))
    assert "What this build could not know" in page
    assert "<li>No 0 &amp; none</li>" in page
    assert "<summary>1 more</summary>" in page


def test_the_page_is_silent_where_nothing_is_missing(tmp_path: Path) -> None:
    page = render_this_week(publish(tmp_path, checks=[row("delivered_crm", "pass")]))
    assert "could not know" not in page


def test_the_page_of_a_company_without_crm_says_how_to_get_plays(tmp_path: Path) -> None:
    page = render_this_week(publish(tmp_path, deals=[], checks=[row("delivered_crm", detail="No CRM was delivered")]))
    assert "No plays: no deals were delivered" in page
    assert "the CRM held no open opportunity" not in page
