"""What a company has decides what it gets: each kind builds, and what it lacks is unknown in every mart, never zero."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.company import (
    AS_OF,
    build,
    columns,
    content_hash,
    copy_company,
    drop_columns,
    keep,
    make_company,
    query,
    rewrite,
    segments,
    tables,
)

pytestmark = pytest.mark.slow

CRM = ("salesforce/account", "salesforce/opportunity")
BILLING = ("stripe/customer", "stripe/price", "stripe/subscription_history", "stripe/subscription_item")

# Columns of the marts by what feeds them. `customers` is anything that became of a customer.
FED_BY = {
    "customers": {
        "dim_segment": "survival_12m_mean survival_12m_p05 survival_12m_p95 survival_12m_p_better life_years_mean "
        "expand_prob_12m_mean expand_prob_12m_p_better",
        "mart_opportunity_roi": "life_years renewal_rate",
    },
    "margin": {
        "dim_segment": "gross_margin_rate_mean contribution_per_arr_12m_mean contribution_per_arr_12m_p05 "
        "contribution_per_arr_12m_p95 contribution_per_arr_12m_p_better",
        "mart_opportunity_roi": "roi_card_formula card_acceleration_value gross_margin_rate",
    },
    "support": {
        "dim_segment": "support_cost_per_arr_year_mean support_cost_per_arr_year_p_better "
        "contribution_per_arr_12m_mean contribution_per_arr_12m_p05 contribution_per_arr_12m_p95 "
        "contribution_per_arr_12m_p_better",
        "mart_opportunity_roi": "roi_card_formula annual_support_cost",
    },
    "economics": {
        "mart_opportunity_roi": "lifecycle_value_mean roi_expected_mean roi_expected_p05 roi_expected_p50 "
        "roi_expected_p95 p_expected_roi_negative accelerate_roi_mean p_accelerate_positive value_per_hour "
        "roi_realised_p10 roi_realised_p50 roi_realised_p90 p_realised_loss roi_reported_mean roi_reported_p05 "
        "roi_reported_p95 cash_1m cash_3m cash_6m cash_12m cash_24m payback_month",
        "mart_opportunity_play": "roi_expected_mean roi_expected_p05 roi_expected_p95 p_expected_roi_negative "
        "accelerate_roi_mean p_accelerate_positive value_per_hour",
        "mart_weekly_play_list": "roi_expected_mean roi_expected_p05 roi_expected_p95 p_expected_roi_negative "
        "value_per_hour",
    },
    "motion": {
        "mart_opportunity_play": "motion_score motion_change",
        "mart_weekly_play_list": "motion_score motion_change",
    },
    "win chance": {
        "mart_opportunity_roi": "win_probability",
        "mart_opportunity_play": "win_probability",
        "mart_weekly_play_list": "win_probability",
    },
}


def known(home: Path, fed_by: str, where: str = "true") -> dict[str, int]:
    """Return the columns fed by something that hold any value, with how many."""
    found: dict[str, int] = {}
    for mart, names in FED_BY[fed_by].items():
        for name in names.split():
            ((n,),) = query(home, f"select count({name}) from {mart} where {where}")
            if n:
                found[f"{mart}.{name}"] = n
    return found


def not_known(home: Path) -> dict[str, str]:
    """Return the checks of group coverage that did not pass, with their status."""
    return dict(
        query(
            home, "select check_name, status from mart_data_quality where check_group = 'coverage' and status != 'pass'"
        )
    )


def assert_only_dates_decide(home: Path) -> None:
    """Without a record of work a stated date that went by is all that can decide; the policy lets 7 days pass."""
    assert query(
        home,
        "select deciding_rule, bool_and(close_on < as_of_date - 7), bool_or(close_on < as_of_date - 7) "
        "from mart_opportunity_play group by all order by 1",
    ) == [("override_close_date_passed", True, True), ("protect_motion_unknown", False, False)]


def page(home: Path) -> str:
    return (home / "site" / "index.html").read_text(encoding="utf-8")


def assert_unknown_is_unknown(home: Path) -> None:
    """Hold the marts of any company against what its own checks say it lacks."""
    lacking = not_known(home)
    if "delivered_crm" in lacking:
        assert query(home, "select count(*) from mart_opportunity_play") == [(0,)]
    if (
        "delivered_billing" in lacking
        or lacking.get("retention_was_seen")
        or lacking.get("recurring_revenue_was_found")
    ):
        assert known(home, "customers") == known(home, "margin") == known(home, "economics") == {}
        assert query(home, "select count(*) from mart_segment_retention_curve") == [(0,)]
    if "delivered_margin" in lacking:
        assert known(home, "margin") == known(home, "economics") == {}
    if {"delivered_support", "delivered_support_rate"} & set(lacking):
        assert known(home, "support") == {}
        assert query(home, "select count(*) from mart_opportunity_roi where economics_status = 'known'") == [(0,)]
    if {"delivered_acquisition", "acquisition_cost_is_complete", "delivered_billing"} & set(lacking):
        new = "where deal_type = 'new_business'"
        assert query(home, f"select count(cac_amount), count(roi_card_formula) from mart_opportunity_roi {new}") == [
            (0, 0)
        ]
    if lacking.get("planning_amounts_have_a_rate"):
        assert query(home, "select count(cost_to_close) from mart_opportunity_roi") == [(0,)]
        assert known(home, "economics") == {}
    if lacking.get("win_chance_is_known") == "warn":
        assert known(home, "win chance") == known(home, "economics") == {}
    if {"delivered_activity", "delivered_deal_history", "delivered_capability_visits"} <= set(lacking):
        assert known(home, "motion") == {}
    # a deal is valued whole or not at all, and one that is not valued is never sped up
    assert known(home, "economics", "economics_status = 'unknown'") == {}
    assert query(
        home, "select count(*) from mart_opportunity_play where economics_status = 'unknown' and play = 'Accelerate'"
    ) == [(0,)]
    assert query(
        home,
        "select count(*) from mart_opportunity_roi where economics_status != 'unknown' "
        "and (roi_expected_mean is null or p_expected_roi_negative is null or win_probability is null)",
    ) == [(0,)]
    for (sentence,) in query(
        home, "select detail from mart_data_quality where check_group = 'coverage' and status in ('info', 'warn')"
    ):
        assert sentence.replace("'", "&#39;") in page(home), sentence


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_company(tmp_path_factory.mktemp("company"), customers=150)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("built")


def built(company: Path, folder: Path, change: Callable[[Path], None], as_of: date = AS_OF) -> Path:
    """Build a changed copy of the company, hold it against its own checks and return its data folder."""
    place = folder / f"company{len(list(folder.iterdir()))}"
    changed = copy_company(company, place)
    change(changed)
    home = place / "home"
    content_hash(build(home, changed, as_of))
    assert_unknown_is_unknown(home)
    return home


@pytest.fixture(scope="module")
def crm_only(company: Path, folder: Path) -> Path:
    return built(company, folder, lambda c: keep(c, CRM))


@pytest.fixture(scope="module")
def billing_only(company: Path, folder: Path) -> Path:
    return built(company, folder, lambda c: keep(c, BILLING))


@pytest.fixture(scope="module")
def both_bare(company: Path, folder: Path) -> Path:
    return built(company, folder, lambda c: keep(c, CRM + BILLING))


@pytest.fixture(scope="module")
def without_optional_columns(company: Path, folder: Path) -> Path:
    return built(company, folder, lambda c: drop_columns(c, lambda table, column: True))


def test_a_bare_crm_gets_plays_that_claim_nothing(crm_only: Path) -> None:
    assert set(not_known(crm_only)) == {
        *("delivered_billing", "delivered_deal_history", "delivered_activity", "delivered_stakeholders"),
        *("delivered_capability_visits", "delivered_deal_lines", "delivered_sellers", "win_chance_is_known"),
    }
    assert query(crm_only, "select distinct economics_status from mart_opportunity_play") == [("unknown",)]
    assert_only_dates_decide(crm_only)
    assert query(
        crm_only, "select max(motion_evidence), max(profitability_evidence) < 1 from mart_opportunity_play"
    ) == [(0.0, True)]
    # the share of deals won so far stands for the chance to win, the same for each
    rates = query(crm_only, "select distinct win_probability from mart_opportunity_play")
    assert len(rates) == 1
    assert 0.3 < rates[0][0] < 0.8
    assert query(crm_only, "select segment_name, maturity_status, n_observed from dim_segment") == [
        ("All deals", "prior_only", 0)
    ]
    assert "What this build could not know" in page(crm_only)


def test_bare_billing_gets_retention_and_says_why_there_are_no_plays(billing_only: Path) -> None:
    assert set(not_known(billing_only)) >= {
        "delivered_crm",
        "delivered_margin",
        "delivered_support",
        "delivered_invoices",
    }
    for mart in ("mart_opportunity_play", "mart_opportunity_roi", "mart_weekly_play_list"):
        assert query(billing_only, f"select count(*) from {mart}") == [(0,)]
    ((name, sentence, survival, n_observed),) = query(
        billing_only, "select segment_name, rule_sentence, survival_12m_mean, n_observed from dim_segment"
    )
    assert name == "All customers"
    assert "without deals" in sentence
    assert 0.5 < survival < 1
    ((n_at_risk,),) = query(
        billing_only,
        "select sum(n_observed) from mart_segment_retention_curve where segment_id = 'all' and term_type = 'all'",
    )
    assert n_observed >= n_at_risk > 1000
    assert "No plays: no deals were delivered" in page(billing_only)
    assert "of customers are still there after 12 months" in page(billing_only)
    # what follows from the missing CRM is said once and warns of nothing
    assert query(
        billing_only, "select count(*) from mart_data_quality where check_group = 'identity' and status = 'warn'"
    ) == [(0,)]


def test_the_terminal_says_why_there_are_no_plays(billing_only: Path) -> None:
    done = segments(billing_only, "plays")
    assert done.returncode == 0, done.stderr
    assert "No deals were delivered, so there are no plays." in done.stdout
    assert "What this build could not know" in done.stdout
    done = segments(billing_only, "plays", "--json")
    assert (done.returncode, done.stdout.strip()) == (0, "[]")


def test_billing_dates_bound_the_as_of_date_where_there_is_no_crm(company: Path, tmp_path: Path) -> None:
    bare = copy_company(company, tmp_path / "bare")
    keep(bare, BILLING)
    done = build(tmp_path / "home", bare, date(2001, 1, 1))
    assert done.returncode == 3
    assert "the first row of stripe.subscription_history is of" in done.stderr


def test_crm_and_billing_without_anything_else_give_retention_and_motion(both_bare: Path) -> None:
    assert set(not_known(both_bare)) >= {
        *("delivered_margin", "delivered_support", "delivered_acquisition", "delivered_invoices", "delivered_usage"),
    }
    assert not {"delivered_crm", "delivered_billing"} & set(not_known(both_bare))
    # how long customers stay needs no margin, on the card of a deal neither
    assert set(known(both_bare, "customers")) == {
        f"{mart}.{name}" for mart, names in FED_BY["customers"].items() for name in names.split()
    }
    assert query(both_bare, "select distinct economics_status from mart_opportunity_play") == [("unknown",)]
    # there is no rate without finance.fx_rate, so what deals in other currencies bring is unknown
    assert query(both_bare, "select count(arr_amount) > 0, count(arr_amount) < count(*) from mart_opportunity_roi") == [
        (True, True)
    ]


def test_every_column_that_may_be_missing_is_missing(without_optional_columns: Path) -> None:
    home = without_optional_columns
    assert query(home, "select count(*) > 0 from mart_opportunity_play") == [(True,)]
    # amounts, prices and quantities are among them
    assert "recurring_revenue_was_found" in not_known(home)
    assert query(home, "select count(arr_amount) from mart_opportunity_roi") == [(0,)]


def test_no_number_of_a_mart_escapes_the_list(crm_only: Path) -> None:
    """A new figure of ROI or of a segment must be put under what feeds it, or under what needs no feeding."""
    unfed = {
        "mart_opportunity_roi": {
            *("arr_amount", "hours_to_close", "cost_to_close", "onboarding_cost", "cac_amount", "card_concession_loss"),
            *("n_observed", "n_events", "start_age_months"),
            *("contribution_12m_mean", "contribution_12m_realised_p10", "contribution_12m_realised_p90"),
            *("win_probability_13w", "slip_probability"),
        },
        "dim_segment": {
            *("n_customers", "n_mature_deals", "n_observed", "n_events", "n_events_first_year_end", "segment_rank"),
        },
    }
    for mart, without in unfed.items():
        fed = {name for names in FED_BY.values() for name in names.get(mart, "").split()}
        numeric = {
            name
            for name, kind in query(
                crm_only, f"select column_name, data_type from information_schema.columns where table_name = '{mart}'"
            )
            if re.match("DOUBLE|DECIMAL|BIGINT|INTEGER", kind)
        }
        assert numeric == fed | without, mart


# --- one more company of a kind: make scenarios


def _without(*names: str) -> Callable[[Path], None]:
    def change(company: Path) -> None:
        gone = [t for t in tables(company) if t in names or t.split("/")[0] in names]
        assert gone, f"nothing of {names} is there to remove"
        keep(company, [t for t in tables(company) if t not in gone])

    return change


def _only(*names: str) -> Callable[[Path], None]:
    return lambda company: keep(company, names)


_HISTORY = ("salesforce/opportunity_history", "salesforce/opportunity_field_history")
_CRM_ROLES = tuple(
    f"salesforce/{table}"
    for table in ("opportunity_history", "user", "task", "event", "contact", "opportunity_contact_role")
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "lacking", "gone"),
    [
        (_only(*CRM, *_CRM_ROLES), {"delivered_billing", "delivered_deal_lines"}, {"delivered_activity"}),
        (_only("stripe"), {"delivered_crm", "delivered_margin", "delivered_support"}, {"delivered_invoices"}),
        (_only("salesforce", "stripe"), {"delivered_margin", "delivered_support"}, {"delivered_deal_lines"}),
        (_only("salesforce", "zendesk", "finance"), {"delivered_billing"}, {"delivered_support", "delivered_margin"}),
        (_only("stripe", "zendesk", "finance"), {"delivered_crm"}, {"delivered_margin", "delivered_support"}),
        (_without("zendesk"), {"delivered_support"}, {"delivered_support_rate", "delivered_margin"}),
        (_without("finance/support_rate"), {"delivered_support_rate"}, {"delivered_support"}),
        (_without("finance/product_margin"), {"delivered_margin"}, {"delivered_support"}),
        (_without("finance"), {"delivered_margin", "delivered_support_rate"}, set()),
        (_without("marketing"), {"delivered_acquisition"}, {"delivered_advertising"}),
        (_without("marketing/gtm_cost_monthly"), {"delivered_acquisition"}, {"delivered_advertising"}),
        (_without("marketing/ad_spend_daily"), {"delivered_advertising"}, {"delivered_acquisition"}),
        (_without("product"), {"delivered_usage"}, set()),
        (_without("intent", "crm", "crosswalk"), {"delivered_capability_visits"}, {"delivered_usage"}),
        (_without("stripe/invoice_line_item", "stripe/invoice"), {"delivered_invoices"}, {"delivered_billing"}),
        (_without("stripe"), {"delivered_billing"}, {"delivered_margin"}),
        (_without("salesforce"), {"delivered_crm"}, {"delivered_activity"}),
        (_without(*_HISTORY), {"delivered_deal_history"}, {"delivered_activity"}),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_nothing_else(
    company: Path, folder: Path, change: Callable[[Path], None], lacking: set[str], gone: set[str]
) -> None:
    said = set(not_known(built(company, folder, change)))
    assert lacking <= said
    assert not gone & said


@pytest.mark.long
def test_margin_without_support_gives_a_value_before_support(company: Path, folder: Path) -> None:
    home = built(company, folder, _without("zendesk"))
    assert {status for (status,) in query(home, "select distinct economics_status from mart_opportunity_roi")} == {
        "support_unknown",
        "unknown",
    }
    assert "before support cost (unknown)" in page(home)


@pytest.mark.long
def test_without_margins_motion_still_parks_and_risk_still_protects(company: Path, folder: Path) -> None:
    home = built(company, folder, _without("finance/product_margin"))
    rules = {rule for (rule,) in query(home, "select distinct deciding_rule from mart_opportunity_play")}
    assert {"park_low_motion", "protect_no_economics"} < rules
    # the liveliest first, as nothing says what an hour is worth
    assert query(
        home,
        "select count(*) from (select motion_score, lag(motion_score) over (partition by owner_user_id order by rank) "
        "as before from mart_weekly_play_list where play != 'Park') where motion_score > before",
    ) == [(0,)]


@pytest.mark.long
def test_empty_tables_are_as_good_as_none(company: Path, folder: Path) -> None:
    def empty(company: Path) -> None:
        for table in tables(company):
            if table not in CRM + BILLING:
                rewrite(company, table, "select * from source where false")

    home = built(company, folder, empty)
    assert {"delivered_margin", "delivered_support", "delivered_activity", "delivered_deal_history"} <= set(
        not_known(home)
    )
    assert_only_dates_decide(home)


@pytest.mark.long
@pytest.mark.parametrize(
    "where",
    [
        "not is_won",
        "is_won or not is_closed",
        "not is_closed",
        "id in (select id from source where not is_closed order by id limit 1)",
    ],
)
def test_a_chance_to_win_needs_deals_of_both_kinds(company: Path, folder: Path, where: str) -> None:
    home = built(company, folder, lambda c: rewrite(c, "salesforce/opportunity", f"select * from source where {where}"))
    assert not_known(home)["win_chance_is_known"] == "warn"


@pytest.mark.long
def test_a_handful_of_customers_and_deals_builds(company: Path, folder: Path) -> None:
    def handful(company: Path) -> None:
        rewrite(company, "stripe/customer", "select * from source order by id limit 5")
        customers = company / "raw" / "stripe" / "customer.parquet"
        of_five = f"customer_id in (select id from read_parquet('{customers}'))"
        rewrite(company, "stripe/subscription_history", f"select * from source where {of_five}")
        rewrite(company, "salesforce/opportunity", "select * from source order by is_closed, id limit 3")

    home = built(company, folder, handful)
    assert query(home, "select count(*) <= 3 and count(*) > 0 from mart_opportunity_play") == [(True,)]
    assert query(home, "select bool_and(is_low_support) from dim_segment") == [(True,)]


@pytest.mark.long
def test_deals_that_are_all_closed_leave_an_empty_list(company: Path, folder: Path) -> None:
    home = built(
        company, folder, lambda c: rewrite(c, "salesforce/opportunity", "select * from source where is_closed")
    )
    assert query(home, "select count(*) from mart_weekly_play_list") == [(0,)]
    assert query(home, "select count(survival_12m_mean) > 0 from dim_segment") == [(True,)]
    assert "No open deals" in page(home)
    assert "no deals were delivered" not in page(home)


@pytest.mark.long
def test_customers_that_have_all_left_do_not_stop_the_build(company: Path, folder: Path) -> None:
    gone = "timestamp '2026-08-15'"

    def leave(company: Path) -> None:
        replaced = ", ".join(f"coalesce({column}, {gone}) as {column}" for column in ("ended_at", "canceled_at"))
        replaced += ", 'canceled' as status"
        rewrite(company, "stripe/subscription_history", f"select * replace ({replaced}) from source")

    home = built(company, folder, leave)
    ((now,),) = query(home, "select min(survival_12m_mean) from dim_segment")
    assert 0 < now < 1


@pytest.mark.long
def test_one_month_of_billing_shows_no_retention(company: Path, folder: Path) -> None:
    start = "timestamp '2026-10-03'"

    def begin(company: Path) -> None:
        _without("stripe/invoice", "stripe/invoice_line_item")(company)
        replaced = (
            f"{start} as created, {start} as start_date, cast(null as timestamp) as ended_at, "
            "cast(null as timestamp) as canceled_at, 'active' as status"
        )
        rewrite(company, "stripe/subscription_history", f"select * replace ({replaced}) from source")

    home = built(company, folder, begin)
    assert not_known(home)["retention_was_seen"] == "warn"


@pytest.mark.long
@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_planning_amounts_in_another_currency_leave_hours_unknown(company: Path, folder: Path, currency: str) -> None:
    """Yen have no minor unit, dinars three decimals; without a rate the dollars of the planning seeds say nothing."""

    def rename(company: Path) -> None:
        _without("finance/fx_rate")(company)
        file = company / "company.yml"
        file.write_text(re.sub("reporting_currency:.*", f"reporting_currency: {currency}", file.read_text()))
        for table in tables(company):
            code = currency.lower() if table.startswith("stripe/") else currency
            for name in {"currency", "currency_iso_code"} & set(columns(company, table)):
                if not table.startswith("finance/"):
                    rewrite(
                        company,
                        table,
                        f"select * replace (case when {name} is not null then '{code}' end as {name}) from source",
                    )

    home = built(company, folder, rename)
    assert not_known(home)["planning_amounts_have_a_rate"] == "warn"
    assert query(home, "select count(arr_amount) > 0 from mart_opportunity_roi") == [(True,)]


@pytest.mark.long
@pytest.mark.parametrize("day", [date(2022, 6, 1), date(2023, 9, 1), date(2025, 2, 3)])
def test_a_day_long_before_the_newest_data_builds_or_says_why_not(company: Path, tmp_path: Path, day: date) -> None:
    done = build(tmp_path / "home", company, day)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert_unknown_is_unknown(tmp_path / "home")
    else:
        assert done.returncode == 3
        assert f"as-of {day} is before the data" in done.stderr


def _halves() -> Iterator[Callable[[Path], None]]:
    for seed in range(1, 7):
        luck = random.Random(seed)
        yield lambda company, luck=luck: drop_columns(company, lambda table, column: luck.random() < 0.5)


@pytest.mark.long
@pytest.mark.parametrize("change", list(_halves()), ids=range(1, 7))
def test_any_half_of_the_columns_that_may_be_missing_may_be(
    company: Path, folder: Path, change: Callable[[Path], None]
) -> None:
    built(company, folder, change)
