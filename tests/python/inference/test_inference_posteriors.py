"""The assembled tables: complete, repeatable, common draws, unknown where unknown, quick."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed, WrongUse
from orchestration.inference.constants import N_DRAWS, START_AGES, TERM_TYPES
from orchestration.inference.posteriors import fit_posteriors

AS_OF = date(2026, 1, 1)
TABLES = ["hazard", "lifecycle_draw", "life_path", "segment_kpi", "expansion_curve", "money_curve", "money_draw"]
METRICS = {
    "share_extrapolated",
    "expansion_value_per_arr",
    "contribution_per_arr_24m",
    "margin_rate_at_12m",
    "survival_12m",
    "life_years",
    "expand_prob_12m",
    "gross_margin_rate",
    "margin_per_arr_year",
    "support_cost_per_arr_year",
    "contribution_per_arr_12m",
}


def fit(company: simulate.Company, weeks: pd.DataFrame, seed: int = 1, **other: object) -> dict[str, pd.DataFrame]:
    arguments = {
        "hazard": company.hazard,
        "money": company.money,
        "expansion": company.expansion,
        "win_sample": weeks,
        "as_of": AS_OF,
        "seed": seed,
        "discount_rate": 0.10,
    }
    return fit_posteriors(**{**arguments, **other})


@pytest.fixture(scope="module")
def weeks() -> pd.DataFrame:
    return simulate.simulate_weeks(1, 300)


@pytest.fixture(scope="module")
def tables(company: simulate.Company, weeks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return fit(company, weeks)


def test_names_rows_and_stamps(tables: dict[str, pd.DataFrame]) -> None:
    assert list(tables) == TABLES
    draws = tables["lifecycle_draw"]
    assert len(draws) == 7 * len(TERM_TYPES) * len(START_AGES) * N_DRAWS
    assert not draws.duplicated(["draw_id", "segment_id", "term_type", "start_age_months"]).any()
    assert set(tables["segment_kpi"]["metric"]) == METRICS
    for table in tables.values():
        assert table["model_version"].nunique() == 1 and (table["as_of_date"] == AS_OF).all()
        # the company is not better than itself
        better = [c for c in table.columns if c.endswith("p_better")]
        assert (table[better].isna().any(axis=1) == (table["segment_id"] == "all")).all() or not better
        # money per customer is unknown at ages nobody was seen at, and nothing else is
        unknown = [c for c in table.columns.difference(better) if table[c].isna().any()]
        assert all(c.startswith("customer_month_cost") for c in unknown)
    curve = tables["money_curve"]
    assert (curve["customer_month_cost_mean"].isna() == (curve["n_support_known"] == 0)).all()


def test_same_seed_same_bytes_any_order(
    company: simulate.Company, weeks: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    mixed = simulate.Company(
        *(f.sample(frac=1.0, random_state=7) for f in (company.hazard, company.money, company.expansion)),
        company.survival_12m,
    )
    again = fit(mixed, weeks.sample(frac=1.0, random_state=7))
    other = fit(company, weeks, seed=2)
    for name, table in tables.items():
        assert again[name].to_csv() == table.to_csv()
        assert other[name]["model_version"].iloc[0] != table["model_version"].iloc[0]


def test_draws_agree_with_the_hazard_table_and_kpis(tables: dict[str, pd.DataFrame]) -> None:
    hazard, draws = tables["hazard"], tables["lifecycle_draw"].query("start_age_months == 0")
    at_12 = hazard[hazard["age_month"] == 12].set_index(["segment_id", "term_type"])["survival_mean"]
    mean = draws.groupby(["segment_id", "term_type"])["renewal_prob_12m"].mean()
    np.testing.assert_allclose(mean, at_12.reindex(mean.index), atol=1e-12)
    assert draws["alive_years_disc"].between(1 / 24, 5.0).all()
    assert draws["life_years"].between(1 / 12, 5.0).all()


def test_planted_order_of_segments_shows(tables: dict[str, pd.DataFrame]) -> None:
    mean = tables["segment_kpi"].pivot(index="segment_id", columns="metric", values="mean").drop(index="all")
    assert mean["survival_12m"].idxmax() == "S2" and mean["survival_12m"].idxmin() == "S4"
    assert mean["gross_margin_rate"].idxmax() == "S2" and mean["gross_margin_rate"].idxmin() == "S6"
    assert mean["support_cost_per_arr_year"].idxmax() == "S4"
    assert mean["expand_prob_12m"].idxmax() == "S2"


def test_draws_are_common_to_all_segments(tables: dict[str, pd.DataFrame]) -> None:
    wide = (
        tables["lifecycle_draw"]
        .query("term_type == 'annual' and start_age_months == 0")
        .pivot(index="draw_id", columns="segment_id", values="win_logit_shift")
    )
    # The pool's shift is a part of every segment's shift of the same draw.
    assert wide.corr().loc["all"].min() > 0.2


def test_higher_discount_lowers_value_only(
    company: simulate.Company, weeks: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> None:
    dear = fit(company, weeks, discount_rate=0.20)["lifecycle_draw"]
    base = tables["lifecycle_draw"]
    assert (dear["alive_years_disc"] < base["alive_years_disc"]).all()
    assert np.array_equal(dear["life_years"], base["life_years"])
    with pytest.raises(WrongUse, match="discount rate"):
        fit(company, weeks, discount_rate=10.0)


def test_unknown_support_and_margin_are_null_not_zero(company: simulate.Company, weeks: pd.DataFrame) -> None:
    money = company.money.assign(n_support_known=0, sum_support_cents=0, sum_support_arr_cents=0)
    out = fit(company, weeks, money=money)
    draws, kpi = out["lifecycle_draw"], out["segment_kpi"].set_index("metric")
    assert draws["support_cost_per_arr"].isna().all() and draws["margin_per_arr"].notna().all()
    for metric in ("support_cost_per_arr_year", "contribution_per_arr_12m"):
        assert kpi.loc[metric, "mean"].isna().all()
        assert (kpi.loc[metric, "maturity_status"] == "prior_only").all()
    money = company.money.assign(n_margin_known=0, sum_gross_margin_cents=None, sum_margin_revenue_cents=None)
    draws = fit(company, weeks, money=money)["lifecycle_draw"]
    for column in ("margin_per_arr", "expansion_margin_per_arr"):
        assert draws[column].isna().all()


def test_without_any_customer_life_is_unknown_and_not_the_prior(company: simulate.Company, weeks: pd.DataFrame) -> None:
    empty = simulate.Company(company.hazard.head(0), company.money.head(0), company.expansion.head(0), np.zeros(0))
    out = fit(empty, weeks.head(0), segments=["S1"])
    assert set(out["hazard"]["segment_id"]) == {"S1", "all"}
    assert out["hazard"]["hazard_mean"].between(0, 1).all() and out["hazard"]["is_extrapolated"].all()
    assert (out["segment_kpi"]["maturity_status"] == "prior_only").all()
    assert out["segment_kpi"]["mean"].isna().all()
    life = [
        "alive_years_disc",
        "life_years",
        "renewal_prob_12m",
        "margin_per_arr",
        "support_cost_per_arr",
        "expand_prob_12m",
    ]
    assert out["lifecycle_draw"][life].isna().all().all()


def test_one_customer_month_brings_the_prior_to_bear(company: simulate.Company, weeks: pd.DataFrame) -> None:
    one = company.hazard[company.hazard["n_at_risk"] > 0].head(1)
    out = fit(company, weeks.head(0), hazard=one, segments=["new"])
    draws = out["lifecycle_draw"]
    assert draws[["alive_years_disc", "life_years", "renewal_prob_12m"]].notna().all().all()
    assert "new" in set(draws["segment_id"])


def test_unassigned_is_a_segment_like_any_other(company: simulate.Company, weeks: pd.DataFrame) -> None:
    renamed = [
        f.replace({"segment_id": {"S6": "unassigned"}}) for f in (company.hazard, company.money, company.expansion)
    ]
    out = fit(simulate.Company(*renamed, company.survival_12m), weeks)["segment_kpi"]
    assert (out.loc[out["segment_id"] == "unassigned", "maturity_status"] != "prior_only").all()


def test_missing_table_column_is_refused(company: simulate.Company, weeks: pd.DataFrame) -> None:
    with pytest.raises(CheckFailed, match="suff_money_monthly has no column segment_id"):
        fit(company, weeks, money=pd.DataFrame())


def test_a_segment_that_one_customer_informs_leaves_the_others_known(
    company: simulate.Company, weeks: pd.DataFrame
) -> None:
    one = company.expansion.query("segment_id == 'S1' and age_band == '01-06'").head(1)
    lone = one.assign(
        segment_id="unassigned",
        n_exposed_months=24,
        n_events=2,
        sum_amount_cents=500_000,
        sum_base_arr_cents=1_500_000,
        sum_log_ratio_micro=-2_197_000,
        sumsq_log_ratio_micro=2_414_000,
    )
    draws = fit(company, weeks, expansion=pd.concat([company.expansion, lone]))["lifecycle_draw"]
    assert draws["expansion_margin_per_arr"].notna().all()
