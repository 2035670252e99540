"""The hazard: truth recovered, late entry respected, order and seed, edges of the data."""

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed
from orchestration.inference.constants import ALL_TERMS, HORIZON_MONTHS, TERM_TYPES
from orchestration.inference.hazard import HazardPosterior, fit_hazard, hazard_table

REPLICATES = range(8)


def survival_12m(posterior: HazardPosterior) -> np.ndarray:
    return np.array([posterior.survival_draws(s, ALL_TERMS)[:, 11] for s in simulate.SEGMENTS])


@pytest.fixture(scope="module")
def replicates() -> list[tuple[simulate.Company, np.ndarray]]:
    companies = [simulate.simulate(seed) for seed in REPLICATES]
    return [(c, survival_12m(fit_hazard(c.hazard, seed=1))) for c in companies]


def test_survival_recovered_about_as_well_as_by_raw_cells_that_assume_no_drift(
    replicates: list[tuple[simulate.Company, np.ndarray]],
) -> None:
    model = np.array([np.abs(draws.mean(axis=1) - c.survival_12m) for c, draws in replicates])
    raw = np.array([np.abs(simulate.raw_survival_12m(c.hazard) - c.survival_12m) for c, _ in replicates])
    assert model.mean() <= 0.028
    # The raw cells may take all months for one, since nothing drifts here; the model pays for not knowing that.
    assert model.mean() <= 1.12 * raw.mean()


def test_intervals_cover_the_truth(replicates: list[tuple[simulate.Company, np.ndarray]]) -> None:
    inside = []
    for company, draws in replicates:
        low, high = np.quantile(draws, [0.05, 0.95], axis=1)
        inside.append((low <= company.survival_12m) & (company.survival_12m <= high))
    assert 0.80 <= np.mean(inside) <= 0.98


def test_many_customers_leave_little_error() -> None:
    company = simulate.simulate(3, 40_000)
    error = survival_12m(fit_hazard(company.hazard, seed=1)).mean(axis=1) - company.survival_12m
    assert np.abs(error).max() <= 0.03


def test_ignoring_entry_age_fails() -> None:
    error = []
    for flag in (False, True):
        company = simulate.simulate(5, 20_000, ignore_entry_age=flag)
        error.append(survival_12m(fit_hazard(company.hazard, seed=1)).mean(axis=1) - company.survival_12m)
    assert abs(error[0].mean()) < 0.012
    assert abs(error[1].mean()) > 0.02
    assert np.abs(error[1]).mean() > 2 * np.abs(error[0]).mean()


def test_drift_is_followed() -> None:
    # 36 months of 0.02 add 0.7 to the logit by the end; without a trend term only their average, 0.4, would
    # show.
    rise = []
    for seed in (5, 6, 7):
        fits = [fit_hazard(simulate.simulate(seed, 6000, drift=d).hazard, seed=1) for d in (0.0, 0.02)]
        steady, rising = (fit.hazard[-1, 0, :, 5].mean() for fit in fits)
        rise.append(np.log(rising / steady))
    assert 0.52 < np.mean(rise) < 0.85


def test_row_order_does_not_matter_and_seed_decides(company: simulate.Company) -> None:
    shuffled = company.hazard.sample(frac=1.0, random_state=4)
    one, two = (hazard_table(fit_hazard(c, seed=1)) for c in (company.hazard, shuffled))
    assert one.to_csv() == two.to_csv()
    assert one.to_csv() != hazard_table(fit_hazard(company.hazard, seed=2)).to_csv()


def test_table_is_complete_and_consistent(company: simulate.Company) -> None:
    table = hazard_table(fit_hazard(company.hazard, seed=1))
    assert len(table) == 7 * 5 * HORIZON_MONTHS
    assert not table.drop(columns="survival_p_better").isna().any().any()
    assert (table["hazard_p05"] <= table["hazard_p50"]).all() and (table["hazard_p50"] <= table["hazard_p95"]).all()
    assert table["hazard_mean"].between(0, 1).all() and table["pooling_weight"].between(0, 1).all()
    falls = table.groupby(["segment_id", "term_type"])["survival_mean"].diff().dropna()
    assert (falls <= 0).all()
    seen = table[(table["n_at_risk"] > 0) & (table["term_type"] != ALL_TERMS)]
    assert not seen["is_extrapolated"].any()
    last = table[table["age_month"] == HORIZON_MONTHS]
    assert last["is_extrapolated"].all()
    assert table.loc[table["segment_id"] == "all", "n_churn"].sum() == 2 * company.hazard["n_churn"].sum()


def test_renewals_show_at_every_twelfth_month_of_annual_terms_only(company: simulate.Company) -> None:
    table = hazard_table(fit_hazard(company.hazard, seed=1))
    rows = table[table["segment_id"] == "S3"].set_index(["term_type", "age_month"])["hazard_mean"]
    for age in (12, 24, 36, 48, 60):
        assert rows["annual", age] > 1.5 * rows["annual", age - 1]
        # an anniversary of a monthly contract may matter too, but did not here
        assert rows["monthly", age] < 1.25 * rows["monthly", age - 1]


def test_observed_multi_year_renewals_repeat(company: simulate.Company) -> None:
    multi = company.hazard[company.hazard["term_type"] == "annual"].assign(term_type="multi")
    multi = multi[multi["age_month"] <= 30]
    multi["is_renewal_month"] = multi["age_month"] == 24
    multi.loc[multi["is_renewal_month"], "n_churn"] = multi.loc[multi["is_renewal_month"], "n_at_risk"]
    table = hazard_table(fit_hazard(pd.concat([company.hazard, multi]), seed=1))
    rows = table[(table["segment_id"] == "S1") & (table["term_type"] == "multi")].set_index("age_month")["hazard_mean"]
    assert rows[24] > 0.5 and rows[48] > 0.5
    assert rows[36] < 0.1 and rows[60] < 0.1


def test_few_events_shrink_to_the_pool(company: simulate.Company) -> None:
    small = company.hazard[company.hazard["segment_id"] == "S1"].head(6).assign(segment_id="S7", n_churn=0)
    table = hazard_table(fit_hazard(pd.concat([company.hazard, small]), seed=1))
    weight = table[(table["age_month"] == 6) & (table["term_type"] == ALL_TERMS)].set_index("segment_id")[
        "pooling_weight"
    ]
    assert weight["S7"] > 0.8
    assert weight["S1"] < 0.3


def test_a_segment_without_data_lies_around_the_pool(company: simulate.Company) -> None:
    posterior = fit_hazard(company.hazard, seed=1, segments=["S8"])
    draws = posterior.survival_draws("S8", ALL_TERMS)[:, 11]
    known = survival_12m(posterior)
    assert known.mean(axis=1).min() < draws.mean() < known.mean(axis=1).max()
    assert draws.std() > 2 * known.std(axis=1).max()


@pytest.mark.parametrize("case", ["empty", "one segment", "none churned", "all churned", "one row", "no renewal flag"])
def test_edges_give_finite_hazards(company: simulate.Company, case: str) -> None:
    cells = company.hazard
    cells = {
        "empty": cells.head(0),
        "one segment": cells[cells["segment_id"] == "S2"],
        "none churned": cells.assign(n_churn=0),
        "all churned": cells.assign(n_churn=cells["n_at_risk"]),
        "one row": cells.head(1),
        "no renewal flag": cells.assign(is_renewal_month=False),
    }[case]
    table = hazard_table(fit_hazard(cells, seed=1))
    assert not table.drop(columns="survival_p_better").isna().any().any()
    assert table["hazard_mean"].between(0, 1).all()
    first = table[(table["term_type"] == ALL_TERMS) & (table["age_month"] == 12)]
    if case == "none churned":
        assert (first["survival_mean"] > 0.9).all()
    if case == "all churned":
        assert (first["survival_mean"] < 0.02).all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("n_at_risk", -1, "column n_at_risk, row 3: is below 0"),
        ("n_churn", np.inf, "column n_churn, row 3: is infinite"),
        ("n_churn", 10**6, "column n_churn, row 3: exceeds n_at_risk"),
        ("n_churn", None, "column n_churn, row 3: is null"),
        ("term_type", "weekly", "column term_type, row 3: is none of"),
        ("age_month", 0, "column age_month, row 3: is below 1"),
        ("calendar_quarter", "2024-Q1", "column calendar_quarter, row 3"),
        ("bucket", 32, "column bucket, row 3"),
        ("segment_id", "all", "column segment_id, row 3: uses the reserved name"),
    ],
)
def test_broken_input_is_refused_by_name(company: simulate.Company, column: str, value: object, message: str) -> None:
    broken = company.hazard.head(50).astype({column: object}).copy()
    broken.iloc[3, broken.columns.get_loc(column)] = value
    with pytest.raises(CheckFailed, match=f"suff_hazard_monthly, {message}"):
        fit_hazard(broken, seed=1)


def test_missing_column_is_refused_by_name(company: simulate.Company) -> None:
    with pytest.raises(CheckFailed, match="suff_hazard_monthly has no column n_churn"):
        fit_hazard(company.hazard.drop(columns="n_churn"), seed=1)


def test_fallback_says_whose_data_decide(company: simulate.Company) -> None:
    few = company.hazard[company.hazard["segment_id"] == "S1"].head(6).assign(segment_id="S7")
    table = hazard_table(fit_hazard(pd.concat([company.hazard, few]), seed=1, segments=["S8"]))
    level = table[table["term_type"] == ALL_TERMS].set_index(["segment_id", "age_month"])["fallback_level"]
    assert level["S1", 2] == "segment" and level["S7", 1] == "partly_pooled" and level["S8", 1] == "company"
    assert set(hazard_table(fit_hazard(company.hazard.head(0), seed=1))["fallback_level"]) == {"prior_only"}
    assert (table["n_churn_band"] >= table["n_churn"]).all()


def test_three_customers_are_little_evidence(company: simulate.Company) -> None:
    rows = company.hazard[(company.hazard["segment_id"] == "S1") & ~company.hazard["is_renewal_month"]]
    three = rows.drop_duplicates("age_month").head(3).assign(n_at_risk=3, n_churn=[0, 0, 1])
    table = hazard_table(fit_hazard(three, seed=1))
    year = table[(table["term_type"] == ALL_TERMS) & (table["age_month"] == 12)].set_index("segment_id").loc["S1"]
    assert np.isfinite(table.drop(columns="survival_p_better").select_dtypes("number").to_numpy()).all()
    assert year["survival_p95"] - year["survival_p05"] > 0.3
    assert year["fallback_level"] == "company" and year["is_extrapolated"]


def test_customers_of_unknown_term_may_leave_at_anniversaries(company: simulate.Company) -> None:
    annual = company.hazard[company.hazard["term_type"] == "annual"]
    unknown = annual.assign(term_type="unknown", is_renewal_month=False)
    monthly = company.hazard[company.hazard["term_type"] == "monthly"]
    table = hazard_table(fit_hazard(pd.concat([monthly, unknown]), seed=1))
    rows = table[table["segment_id"] == "S3"].set_index(["term_type", "age_month"])["hazard_mean"]
    for age in (12, 24, 48):
        assert rows["unknown", age] > 1.5 * rows["unknown", age - 1]


def test_the_mix_of_terms_is_that_of_new_customers_and_uncertain(company: simulate.Company) -> None:
    posterior = fit_hazard(company.hazard, seed=1)
    monthly = TERM_TYPES.index("monthly")
    for s, truth in enumerate(simulate.MONTHLY_SHARE):
        draws = posterior.mix_draws[s, :, monthly]
        assert abs(draws.mean() - truth) < 4 * draws.std()
        assert 0.01 < draws.std() < 0.1
    assert posterior.mix_draws.sum(axis=2) == pytest.approx(1.0)


def test_unseen_terms_borrow_from_the_seen(company: simulate.Company) -> None:
    posterior = fit_hazard(company.hazard, seed=1)
    at = {term: posterior.survival_draws("S1", term)[:, 11].mean() for term in (*TERM_TYPES, ALL_TERMS)}
    assert at["unknown"] == pytest.approx(at[ALL_TERMS], abs=1e-9)
    assert at["multi"] > at["annual"]
