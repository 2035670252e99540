"""Effects of concessions: planted ones found, planted nothing left alone, and no effect without what identifies it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import simulate_effects as simulated

from orchestration.errors import CheckFailed
from orchestration.inference.effect_label import ADJUSTED, NOT_IDENTIFIED, RANDOMISED, Evidence, identify, limits_of
from orchestration.inference.effects import CONFOUNDERS, OUTCOMES, fit_concession_effects
from orchestration.inference.partialling import Basis, expand, folds, prepare, ridge_logit, within
from orchestration.inference.sensitivity import e_value, robustness_value, second_placebo, strongest

AS_OF = date(2026, 1, 1)
POOL = "all"


def fit(sample: pd.DataFrame, suff: pd.DataFrame | None = None, **other) -> pd.DataFrame:
    return fit_concession_effects(
        sample,
        simulated.count_concessions(sample) if suff is None else suff,
        dimensions=simulated.dimensions(),
        limits=simulated.limits(),
        placebos=simulated.placebos(),
        as_of=AS_OF,
        seed=1,
        **other,
    )


def row(table: pd.DataFrame, treatment: str, outcome: str = "churned_12m", segment: str = POOL) -> pd.Series:
    key = (table["concession_type"] == treatment) & (table["outcome"] == outcome) & (table["segment_id"] == segment)
    (found,) = [r for _, r in table[key].iterrows()]
    return found


@pytest.fixture(scope="module")
def planted_sample() -> pd.DataFrame:
    return simulated.simulate_concessions(3, 3000, discount_effect=0.5, randomised=500, randomised_effect=0.8)


@pytest.fixture(scope="module")
def planted(planted_sample: pd.DataFrame) -> pd.DataFrame:
    return fit(planted_sample)


def test_a_planted_effect_is_found_and_the_naive_one_is_not_it(planted: pd.DataFrame) -> None:
    discount = row(planted, "discount")
    assert discount["identification"] == ADJUSTED
    assert discount["effect_p05"] < 0.5 < discount["effect_p95"] and discount["effect_p05"] > 0
    assert discount["association_naive_mean"] > discount["effect_p95"]
    assert 0 < discount["effect_points_mean"] < 0.2


def test_nothing_planted_is_covered_for_the_other_concessions(planted: pd.DataFrame) -> None:
    for treatment in ("payment_terms", "implementation_promises", "customisation", "contract_term", "services_share"):
        found = row(planted, treatment)
        assert abs(found["association_mean"]) < 3 * (found["association_p95"] - found["association_mean"]) / 1.645


def test_requests_decided_by_lot_are_compared_by_their_means(
    planted_sample: pd.DataFrame, planted: pd.DataFrame
) -> None:
    drawn = planted_sample[planted_sample["is_randomised"] == 1]
    arms = drawn.groupby("deal_desk_request")["is_won"].mean()
    found = row(planted, "deal_desk_request", "won")
    assert found["identification"] == RANDOMISED
    assert found["effect_points_mean"] == pytest.approx(arms[1.0] - arms[0.0])
    assert found["effect_p05"] < 0.8 < found["effect_p95"]


def test_what_is_drawn_but_unlike_before_is_no_experiment(planted_sample: pd.DataFrame) -> None:
    tilted = planted_sample.head(1200).copy()
    drawn = tilted["is_randomised"] == 1
    tilted.loc[drawn & (tilted["deal_desk_request"] == 1), "stakeholder_count"] += 3
    assert row(fit(tilted), "deal_desk_request", "won")["identification"] != RANDOMISED


def test_winning_that_picks_among_the_arms_leaves_no_experiment_after_it(planted: pd.DataFrame) -> None:
    assert row(planted, "deal_desk_request", "churned_12m")["identification"] != RANDOMISED


def test_without_the_competitor_field_nothing_is_an_effect() -> None:
    sample = simulated.simulate_concessions(5, 1500, competitor_known=0.0)
    table = fit(sample)
    assert set(table["identification"]) == {NOT_IDENTIFIED}
    effects = ["effect_mean", "effect_p05", "effect_p50", "effect_p95", "effect_points_mean"]
    assert table[effects].isna().all().all()
    discount = row(table, "discount")
    assert discount["identification_reason"] == "competitor not recorded"
    # what was seen is said all the same, under its own name
    assert discount["association_p05"] < discount["association_mean"] < discount["association_p95"]


def test_kinds_of_buyers_that_nobody_records_are_noticed() -> None:
    table = fit(simulated.simulate_concessions(2, 3000, is_kind_hidden=True))
    discount = row(table, "discount")
    assert (discount["identification"], discount["identification_reason"]) == (NOT_IDENTIFIED, "placebo moved")


def test_the_set_of_concessions_is_one_treatment_without_its_parts_held_fixed(planted: pd.DataFrame) -> None:
    whole = row(planted, "concession_set")
    # a discount from 10 points on is one more concession; held fixed, nothing of its effect would be left
    assert whole["association_p05"] > 0
    assert whole["strongest_confounder"] not in ("discount", "payment_terms", "customisation")


def test_the_same_deals_in_another_order_give_the_same_numbers(planted_sample: pd.DataFrame) -> None:
    small = planted_sample.head(900)
    suff = simulated.count_concessions(small)
    mixed = small.sample(frac=1, random_state=4)
    pd.testing.assert_frame_equal(fit(small, suff), fit(mixed, suff.sample(frac=1, random_state=5)))


def test_shuffled_outcomes_have_no_effect(planted_sample: pd.DataFrame) -> None:
    shuffled = planted_sample.head(2000).copy()
    won = shuffled["churned_12m"].notna()
    rng = np.random.default_rng(6)
    shuffled.loc[won, "churned_12m"] = rng.permutation(shuffled.loc[won, "churned_12m"].to_numpy())
    found = row(fit(shuffled), "discount")
    assert abs(found["association_mean"]) < 3 * (found["association_p95"] - found["association_mean"]) / 1.645


def test_counts_of_segments_sum_to_all_and_few_events_claim_nothing(planted: pd.DataFrame) -> None:
    for (treatment, outcome), part in planted.groupby(["concession_type", "outcome"]):
        counts = ["n_observed", "n_events", "n_treated", "n_treated_events"]
        pool = part["segment_id"] == POOL
        assert (part.loc[pool, counts].iloc[0] == part.loc[~pool, counts].sum()).all(), (treatment, outcome)
        few = part[(part["n_treated_events"] < 30) & (part["identification"] != RANDOMISED)]
        assert (few["identification"] == NOT_IDENTIFIED).all()
    assert set(planted["fallback_level"]) <= {"segment", "partly_pooled", "company"}


@pytest.mark.parametrize("churned", [0.0, 1.0])
def test_a_company_that_keeps_or_loses_everybody_has_no_association(churned: float) -> None:
    sample = simulated.simulate_concessions(7, 600)
    sample["churned_12m"] = sample["churned_12m"].where(sample["churned_12m"].isna(), churned)
    found = row(fit(sample), "discount")
    assert found["identification_reason"] == "too few deals or no variation"
    assert np.isnan(found["association_mean"])


@pytest.mark.parametrize("n", [0, 3, 80])
def test_tiny_companies_get_rows_that_claim_nothing(n: int) -> None:
    sample = simulated.simulate_concessions(8, max(n, 3)).head(n)
    suff = simulated.count_concessions(simulated.simulate_concessions(8, max(n, 3)).head(n)) if n else _no_counts()
    table = fit(sample, suff)
    assert set(table["identification"]) == {NOT_IDENTIFIED}
    assert len(table[table["segment_id"] == POOL]) == 8 * len(OUTCOMES)
    assert not np.isinf(table.select_dtypes("number").to_numpy(dtype=float)).any()
    if n == 0:
        assert set(table["fallback_level"]) == {"prior_only"} and (table["n_observed"] == 0).all()


def _no_counts() -> pd.DataFrame:
    return simulated.count_concessions(simulated.simulate_concessions(8, 3)).head(0)


def test_one_segment_and_deals_without_account_are_enough() -> None:
    sample = simulated.simulate_concessions(9, 1200).assign(segment_id="S1", account_id=None)
    assert np.isfinite(row(fit(sample), "discount", "won", "S1")["association_mean"])


def test_doses_that_cannot_be_are_unknown_and_change_nothing(planted_sample: pd.DataFrame) -> None:
    some = planted_sample.head(900)
    extra = some.head(40).assign(
        opportunity_id=[f"X{i}" for i in range(40)], discount=900.0, is_won=0.0, churned_12m=np.nan,
        expanded_12m=np.nan, contribution_per_arr_12m=np.nan,
    )  # fmt: skip
    before, after = (row(fit(s), "discount", "churned_12m") for s in (some, pd.concat([some, extra])))
    assert after["association_mean"] == pytest.approx(before["association_mean"], abs=1e-9)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("discount", np.inf, "column discount, row 2: is infinite"),
        ("contribution_per_arr_12m", -np.inf, "column contribution_per_arr_12m, row 2: is infinite"),
        ("is_won", 2.0, "column is_won, row 2: is neither 0 nor 1"),
        ("is_won", np.nan, "column is_won, row 2: is null"),
        ("segment_id", POOL, "column segment_id, row 2: uses the reserved name"),
        ("opportunity_id", "D000000", "column opportunity_id, row 2: is there twice"),
    ],
)
def test_refusals_name_table_column_and_row(column: str, value: object, says: str) -> None:
    sample = simulated.simulate_concessions(8, 100)
    suff = simulated.count_concessions(sample)
    sample[column] = [value if i == 2 else v for i, v in enumerate(sample[column])]
    with pytest.raises(CheckFailed, match=f"Table sample_concession, {says}"):
        fit(sample, suff)


def test_refusals_of_counts_and_limits() -> None:
    sample = simulated.simulate_concessions(8, 100)
    suff = simulated.count_concessions(sample)
    with pytest.raises(CheckFailed, match="Table suff_concession, column n_won, row 0: is below 0"):
        fit(sample, suff.assign(n_won=-1))
    with pytest.raises(CheckFailed, match="Table sample_concession has no column competitor_present"):
        fit(sample.drop(columns="competitor_present"), suff)
    with pytest.raises(CheckFailed, match="Seed effect_limit has no row overlap_min"):
        limits = simulated.limits()
        limits_of(limits[limits["limit_key"] != "overlap_min"])


GOOD = Evidence(
    n_observed=500,
    n_events=60,
    n_treated=200,
    n_treated_events=30,
    treatment_known_share=0.7,
    confounder_known_share=0.7,
    confounder_named_share=0.05,
    overlap_share=0.6,
    effective_deals=100.0,
    association=0.1,
    sd=0.1,
    benchmark_bias=1.0,
    placebo_z=9.0,
    placebo_share=0.002,
)


def test_evidence_at_every_limit_is_enough() -> None:
    assert identify(GOOD, limits_of(simulated.limits()), is_pool=True)[0] == ADJUSTED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"association": float("nan")}, "too few deals or no variation"),
        ({"treatment_known_share": 0.69}, "dose not recorded"),
        ({"confounder_known_share": 0.69}, "competitor not recorded"),
        ({"confounder_named_share": 0.049}, "competitor hardly ever named"),
        ({"n_treated_events": 29}, "too few events"),
        ({"n_events": 59}, "too few events"),
        ({"overlap_share": 0.59}, "no overlap"),
        ({"overlap_share": float("nan")}, "no overlap"),
        ({"effective_deals": 99.0}, "no overlap"),
        ({"placebo_share": 0.0021}, "placebo moved"),
        ({"placebo_z": float("nan")}, "placebo moved"),
        # 0.5 is beyond its interval, and half of a bias of 1 undoes it
        ({"association": 0.5}, "a confounder like the strongest recorded one would explain it"),
    ],
)
def test_the_first_limit_that_fails_is_named(change: dict[str, float], reason: str) -> None:
    assert identify(replace(GOOD, **change), limits_of(simulated.limits()), is_pool=True) == (NOT_IDENTIFIED, reason)


def test_an_effect_beyond_what_a_confounder_could_do_is_kept() -> None:
    strong = replace(GOOD, association=0.51)
    assert identify(strong, limits_of(simulated.limits()), is_pool=False)[0] == ADJUSTED


def test_sensitivity_agrees_with_the_published_examples() -> None:
    # Darfur: t = 4.18 with 783 degrees of freedom has a robustness value of 13.9 % (Cinelli, Hazlett 2020)
    assert robustness_value(0.097, 0.097 / 4.18, 783) == pytest.approx(0.139, abs=0.001)
    # a risk ratio of 3.9 has an E-value of 7.26 (VanderWeele and Ding 2017)
    assert e_value(2 * np.log(3.9)) == pytest.approx(7.26, abs=0.005)
    assert e_value(0.0) == 1.0


def test_the_bound_of_the_strongest_confounder_holds_what_leaving_it_out_does() -> None:
    rng = np.random.default_rng(1)
    n = 20_000
    big, small = rng.normal(size=n), rng.normal(size=n)
    dose = 0.5 * big + 0.1 * small + rng.normal(size=n)
    y = 0.3 * big + 0.1 * small + rng.normal(size=n)
    basis = expand({"big": big, "small": small}, is_rich=False)
    every = np.arange(n)
    found = strongest(y, dose, basis, se=1 / np.sqrt(n), df=n)
    assert found.name == "big"
    left_out = prepare(y, basis.without(("big",)), every % 4, every, is_binary=False).effect(dose, ())
    assert left_out.theta < found.bias < 2 * left_out.theta


def test_two_placebos_are_moved_by_what_is_not_recorded_and_one_by_a_cause_that_is() -> None:
    rng = np.random.default_rng(2)
    n = 4000
    cause, hidden = rng.normal(size=n), rng.normal(size=n)
    before = {"size": cause, "scope": hidden + rng.normal(size=n), "review": hidden + rng.normal(size=n)}
    basis = expand(before, is_rich=False)
    answers = cause + rng.normal(size=n)
    assert second_placebo(answers, basis, before).z < 3
    assert second_placebo(answers + hidden, basis, before).z > 10
    alone = second_placebo(answers, basis, {"size": cause})
    assert alone.name == "size" and alone.z > 10
    assert second_placebo(answers, basis, {}).name == ""


def test_partialling_out_finds_the_slope_through_a_bend_and_clusters_widen_it() -> None:
    rng = np.random.default_rng(3)
    n = 4000
    x = rng.normal(size=n)
    dose = np.maximum(x, 0) + rng.normal(size=n)
    p = 1 / (1 + np.exp(-(0.4 * dose - 1 + 1.5 * np.maximum(x, 0))))
    y = (rng.random(n) < p).astype(float)
    basis = expand({"x": x}, is_rich=True)
    alone = prepare(y, basis, np.arange(n) % 4, np.arange(n), is_binary=True).effect(dose, ())
    assert abs(alone.theta - 0.4) < 3 * alone.se
    twice = Basis(np.repeat(basis.x, 2, axis=0), basis.group)
    pair = np.repeat(np.arange(n), 2)
    doubled = prepare(np.repeat(y, 2), twice, pair % 4, pair, is_binary=True).effect(np.repeat(dose, 2), ())
    assert doubled.se == pytest.approx(alone.se, rel=0.03)
    assert within(alone, np.ones(n, dtype=bool), np.arange(n)) == pytest.approx((alone.theta, alone.se), rel=1e-6)


def test_ridge_logit_is_the_penalised_mode() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    x = rng.normal(size=(500, 3))
    y = (rng.random(500) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    other = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-10).fit(x, y)
    assert ridge_logit(x, y, np.full(3, 2.0)) == pytest.approx(other.coef_[0], abs=1e-4)


def test_deals_of_one_account_share_a_fold() -> None:
    fold = folds(["b", "a", "b", "c"])
    assert fold[0] == fold[2] and (folds(["c", "a"]) == fold[[3, 1]]).all()


def test_every_confounder_is_simulated() -> None:
    assert set(CONFOUNDERS) <= set(simulated.simulate_concessions(1, 5).columns)


@pytest.mark.long
def test_intervals_keep_their_word_over_many_companies() -> None:
    covered, wrong, claimed = [], 0, 0
    for seed in range(60):
        truth = (0.0, 0.25, -0.25)[seed % 3]
        found = row(fit(simulated.simulate_concessions(seed, discount_effect=truth)), "discount")
        covered.append(found["association_p05"] <= truth <= found["association_p95"])
        if found["identification"] == ADJUSTED:
            claimed += 1
            wrong += bool(truth) and np.sign(found["effect_mean"]) != np.sign(truth)
    assert 0.82 <= np.mean(covered) <= 0.98
    assert wrong == 0 and claimed >= 45
