"""Customers that differ strongly: intervals that hold, ARR that counts as ARR, draws that belong together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simulate_customers as sc

from orchestration.errors import CheckFailed
from orchestration.inference.arr_weight import fit_arr_weight
from orchestration.inference.constants import N_DRAWS
from orchestration.inference.dependence import bucket_correlations, couple
from orchestration.inference.expansion import fit_expansion
from orchestration.inference.hazard import fit_hazard
from orchestration.inference.jackknife import jackknife_ratio
from orchestration.inference.lifecycle import expansion_probability_12m, segment_kpi
from orchestration.inference.money import fit_money, quarter_error
from orchestration.inference.pooling import Estimates, PoolPrior, pooled_draws
from orchestration.inference.posteriors import fit_life
from orchestration.inference.survival import alive_months

MONEY = ("gross_margin_rate", "support_cost_per_arr_year", "contribution_per_arr_12m", "contribution_per_arr_24m")


def kpis(company: sc.Customers, **other: object) -> pd.DataFrame:
    frames = {"hazard": company.hazard, "money": company.money, "expansion": company.expansion}
    life = fit_life(**{**frames, "seed": 1, "money_quarterly": company.money_quarterly, **other})
    return segment_kpi(life.hazard, life.money, life.expansion, size=life.size)


def naive_cover(money: pd.DataFrame, truth: pd.Series) -> np.ndarray:
    """Whether support of the first year lies in an interval that takes cells of segment and age as independent."""
    year = money[money["age_month"] < 12]
    out = []
    for segment, rows in year.groupby("segment_id"):
        cells = rows.groupby("age_month")[["sum_support_cents", "sum_support_arr_cents"]].sum()
        rate = 12.0 * cells["sum_support_cents"].sum() / cells["sum_support_arr_cents"].sum()
        gap = 12.0 * cells["sum_support_cents"] - rate * cells["sum_support_arr_cents"]
        # the pattern over ages is no noise
        gap = gap - gap.mean()
        error = np.sqrt((gap**2).sum()) / cells["sum_support_arr_cents"].sum() / np.sqrt(len(cells))
        out.append(abs(rate - truth[segment]) <= 1.645 * error)
    return np.array(out)


def covered(how: sc.Mechanism, sets: range, n: int) -> tuple[dict[str, float], float]:
    truth = sc.truth(how, n=120_000)
    hits: dict[str, list[np.ndarray]] = {metric: [] for metric in truth.columns}
    naive = []
    for seed in sets:
        company = sc.simulate(seed, n, how)
        table = kpis(company)
        naive.append(naive_cover(company.money, truth["support_cost_per_arr_year"]))
        for metric, inside in hits.items():
            rows = table[table["metric"] == metric].set_index("segment_id").drop(index="all")
            expected = truth[metric].reindex(rows.index)
            inside.append(((rows["p05"] <= expected) & (expected <= rows["p95"])).to_numpy())
    return {metric: float(np.mean(inside)) for metric, inside in hits.items()}, float(np.mean(naive))


def test_intervals_hold_where_size_cost_and_leaving_hang_together() -> None:
    cover, naive = covered(sc.Mechanism(size_frailty=-0.4), range(8), 1500)
    for metric in (*MONEY, "expand_prob_12m", "expansion_value_per_arr"):
        assert cover[metric] >= 0.78, (metric, cover)
    assert naive < cover["support_cost_per_arr_year"] - 0.15


@pytest.mark.long
@pytest.mark.parametrize("customers", [2_000, 20_000])
def test_intervals_cover_nine_tenths_in_a_hundred_companies(customers: int) -> None:
    cover, naive = covered(sc.Mechanism(size_frailty=-0.3), range(100), customers)
    # three standard errors of 600 not quite independent checks
    for metric in MONEY:
        assert 0.86 <= cover[metric] <= 0.95, (metric, cover)
    assert naive < 0.7


def test_contribution_needs_survival_of_arr() -> None:
    how = sc.Mechanism(size_frailty=-0.6, size_sd=1.2)
    company = sc.simulate(3, 20_000, how)
    truth = sc.truth(how, n=120_000)["contribution_per_arr_24m"]
    life = fit_life(hazard=company.hazard, money=company.money, expansion=company.expansion, seed=1)

    def gap(**size: object) -> float:
        table = segment_kpi(life.hazard, life.money, life.expansion, **size)
        mean = table[table["metric"] == "contribution_per_arr_24m"].set_index("segment_id")["mean"]
        return float((mean.reindex(truth.index) / truth - 1.0).abs().mean())

    assert gap(size=life.size) < 0.03 < 0.06 < gap()


def test_arr_weight_is_one_where_size_does_not_matter() -> None:
    same = fit_arr_weight(sc.simulate(4, 20_000, sc.Mechanism(size_sd=0.6)).hazard, seed=1)
    loyal = fit_arr_weight(sc.simulate(4, 20_000, sc.Mechanism(size_sd=1.2, size_frailty=-0.6)).hazard, seed=1)
    assert abs(same.across_terms[:, :, :12].mean() - 1.0) < 0.08
    assert loyal.across_terms[:, :, :12].mean() < 0.75


def test_arr_weight_follows_the_mix_of_terms_only_across_them() -> None:
    hazard = sc.simulate(4, 20_000, sc.Mechanism(size_sd=0.3)).hazard
    # annual customers are ten times as large and leave less
    annual = hazard["term_type"] == "annual"
    for column in ("arr_at_risk_cents", "arr_churned_cents"):
        hazard.loc[annual, column] *= 10
    weight = fit_arr_weight(hazard, seed=1)
    assert weight.across_terms[:-1, :, :12].mean() < 0.93
    assert abs(weight.within_term[:-1, :, :12].mean() - 1.0) < 0.08


def test_nobody_left_and_everybody_left_give_numbers() -> None:
    company = sc.simulate(5, 400)
    none = company.hazard.assign(n_churn=0, arr_churned_cents=0)
    every = company.hazard.assign(
        n_churn=company.hazard["n_at_risk"], arr_churned_cents=company.hazard["arr_at_risk_cents"]
    )
    for hazard in (none, every):
        table = kpis(company, hazard=hazard)
        assert np.isfinite(table[["mean", "sd", "p05", "p95"]].to_numpy()).all()


def test_infinite_arr_is_refused_by_name() -> None:
    company = sc.simulate(5, 200)
    broken = company.hazard.astype({"arr_churned_cents": float})
    broken.loc[1, "arr_churned_cents"] = np.inf
    with pytest.raises(CheckFailed, match="suff_hazard_monthly, column arr_churned_cents, row 1: is infinite"):
        fit_arr_weight(broken, seed=1)


def test_margins_may_be_negative_and_support_may_be_nothing() -> None:
    company = sc.simulate(6, 800)
    money = company.money.assign(sum_gross_margin_cents=-company.money["sum_gross_margin_cents"], sum_support_cents=0)
    table = kpis(company, money=money, money_quarterly=None).set_index(["metric", "segment_id"])["mean"]
    assert (table["gross_margin_rate"] < -0.4).all() and (table["contribution_per_arr_12m"] < 0).all()
    assert (table["support_cost_per_arr_year"] == 0).all()


def test_one_segment_stands_like_the_company() -> None:
    company = sc.simulate(6, 2_000)
    one = {name: getattr(company, name).assign(segment_id="S1") for name in ("hazard", "money", "expansion")}
    mean = kpis(company, **one, money_quarterly=None).pivot(index="metric", columns="segment_id", values="mean")
    np.testing.assert_allclose(mean["S1"], mean["all"], rtol=0.05, atol=0.01)


def test_coupling_keeps_every_distribution_and_ties_the_draws() -> None:
    company = sc.simulate(7, 2_000)
    hazard, money = fit_hazard(company.hazard, seed=1), fit_money(company.money, seed=1)
    expansion, size = fit_expansion(company.expansion, seed=1), fit_arr_weight(company.hazard, seed=1)
    wanted = np.eye(5)
    wanted[0, 4] = wanted[4, 0] = 0.8
    after, _, _ = couple(hazard, money, expansion, size, dict.fromkeys(hazard.segments, wanted))
    for s, name in enumerate(hazard.segments):
        before, tied = (p.support[s][:, :24].mean(axis=1) for p in (money, after))
        np.testing.assert_allclose(np.sort(before), np.sort(tied), rtol=1e-12)
        leaving = 1.0 - hazard.survival_draws(name, "all")[:, 23]
        assert np.corrcoef(leaving, tied)[0, 1] == pytest.approx(0.8, abs=0.1)
    # a second coupling is the same, and what segments share stays shared
    again, _, _ = couple(hazard, money, expansion, size, dict.fromkeys(hazard.segments, wanted))
    np.testing.assert_array_equal(again.support, after.support)


def test_bucket_correlations_find_what_was_planted() -> None:
    company = sc.simulate(8, 20_000)
    money = company.money.copy()
    dear = money["bucket"] % 2 == 0
    money.loc[dear, "sum_support_cents"] = (1.5 * money.loc[dear, "sum_support_cents"]).astype(np.int64)
    hazard = company.hazard.copy()
    leaving = hazard["bucket"] % 2 == 0
    hazard.loc[leaving, "n_churn"] = np.minimum(2 * hazard.loc[leaving, "n_churn"], hazard.loc[leaving, "n_at_risk"])
    found = bucket_correlations(hazard, money, company.expansion)
    assert min(matrix[0, 4] for matrix in found.values()) > 0.4
    assert all((np.linalg.eigvalsh(matrix) > 0).all() for matrix in found.values())


def test_a_new_segment_leaves_the_others_nearly_as_they_were() -> None:
    company = sc.simulate(9, 2_000)
    base = kpis(company).set_index(["segment_id", "metric"])["mean"]
    more = kpis(company, segments=["S0", "S9"]).set_index(["segment_id", "metric"])["mean"]
    np.testing.assert_allclose(more.reindex(base.index), base, rtol=0.02)
    # nothing but the empty segments is new, so the pool is the same to the last digit
    pd.testing.assert_series_equal(more["all"], base["all"])


def test_a_quarter_of_dear_support_widens_every_interval() -> None:
    calm, shaken = (sc.simulate(10, 6_000, sc.Mechanism(shock=f)) for f in (1.0, 2.0))
    one, two = (fit_money(c.money, seed=1, quarterly=c.money_quarterly) for c in (calm, shaken))
    assert two.support_quarter_sd > 0.05 > 2 * one.support_quarter_sd
    width = [(np.log(p.support[:, :, 8]).std(axis=1)).mean() for p in (one, two)]
    assert width[1] > 1.5 * width[0]
    # all segments move together
    levels = np.log(two.support[:-1, :, 8])
    assert np.corrcoef(levels)[0, 1:].mean() > 0.3


def test_three_quarters_are_too_few_to_tell() -> None:
    top = np.random.default_rng(1).gamma(5.0, 1.0, (3, 32))
    assert quarter_error(top, np.ones((3, 32))) == 0.0


def test_quarter_error_of_customers_noise_is_small() -> None:
    rng = np.random.default_rng(2)
    found = [quarter_error(rng.gamma(5.0, 1.0, (12, 32)), np.full((12, 32), 5.0)) for _ in range(30)]
    # the noise itself has an error of 0.023; only what goes beyond it counts
    assert np.mean(found) < 0.02


def test_at_least_one_expansion_is_rarer_than_the_mean_rate_says() -> None:
    how = sc.Mechanism(taste_sd=1.2)
    company = sc.simulate(11, 20_000, how)
    truth = sc.truth(how, n=120_000)["expand_prob_12m"]
    hazard, growth = fit_hazard(company.hazard, seed=1), fit_expansion(company.expansion, seed=1)
    plain = company.expansion.drop(columns=["n_unexpanded_months", "n_first_events"])
    mean_rate = fit_expansion(plain, seed=1)

    def gap(first: np.ndarray) -> float:
        chance = [
            expansion_probability_12m(alive_months(hazard.survival_draws(s, "all")), first[i]).mean()
            for i, s in enumerate(sc.SEGMENTS)
        ]
        return float((np.array(chance) / truth.to_numpy() - 1.0).mean())

    assert abs(gap(growth.first_hazard)) < 0.06 < 0.12 < gap(mean_rate.first_hazard)


def test_the_ratio_of_sums_corrects_a_lognormal_that_does_not_fit() -> None:
    company = sc.simulate(12, 6_000)
    wrong = company.expansion.assign(sum_amount_cents=(1.4 * company.expansion["sum_amount_cents"]).astype(np.int64))
    one, two = (fit_expansion(frame, seed=1) for frame in (company.expansion, wrong))
    assert two.value.mean() / one.value.mean() == pytest.approx(1.4, rel=0.15)
    np.testing.assert_array_equal(one.lognormal_value, two.lognormal_value)


def test_first_expansions_cannot_exceed_their_exposure() -> None:
    expansion = sc.simulate(12, 300).expansion
    with pytest.raises(CheckFailed, match="suff_expansion, column n_first_events, row 0: exceeds"):
        fit_expansion(expansion.assign(n_first_events=10**6), seed=1)


PRIOR = PoolPrior(mean=0.0, sd=2.0, step_sd=0.3, level_scale=0.5, band_scale=0.2)


def estimates(mean: np.ndarray, sd: float = 0.05) -> Estimates:
    n_rows, n_bands = mean.shape
    covariance = np.tile(sd**2 * (0.5 + 0.5 * np.eye(n_bands)), (n_rows, 1, 1))
    return Estimates(mean, covariance, np.full(n_rows, 31.0), np.zeros((n_rows, n_bands)))


def test_a_band_nobody_has_reached_continues_its_neighbour() -> None:
    mean = np.tile(np.array([2.0, 1.0, np.nan]), (4, 1))
    draws = pooled_draws(estimates(mean), ["S1", "S2", "S3", "all"], PRIOR, seed=1, quantity="x")
    assert draws.shape == (4, N_DRAWS, 3)
    np.testing.assert_allclose(draws[:, :, 2].mean(axis=1), 1.0, atol=0.1)
    assert (draws[:, :, 2].std(axis=1) > 2 * draws[:, :, 1].std(axis=1)).all()


def test_a_segment_without_data_takes_the_middle_of_the_others_and_their_spread() -> None:
    mean = np.array([[1.0], [2.0], [3.0], [np.nan], [2.0]])
    draws = pooled_draws(estimates(mean), ["S1", "S2", "S3", "S4", "all"], PRIOR, seed=1, quantity="x")[:, :, 0]
    assert draws[3].mean() == pytest.approx(2.0, abs=0.35)
    assert 0.6 < draws[3].std() < 3.0
    np.testing.assert_allclose(draws[:3].mean(axis=1), [1.0, 2.0, 3.0], atol=0.05)


def test_few_effective_buckets_widen_and_lean_widens_to_one_side() -> None:
    mean = np.array([[1.0], [2.0], [2.0]])
    plain = estimates(mean)
    names = ["S1", "S2", "all"]
    base = pooled_draws(plain, names, PRIOR, seed=1, quantity="x")[0, :, 0]
    few = pooled_draws(replace(plain, freedom=np.full(3, 3.0)), names, PRIOR, seed=1, quantity="x")[0, :, 0]
    leaning = pooled_draws(replace(plain, lean=np.full((3, 1), 0.1)), names, PRIOR, seed=1, quantity="x")[0, :, 0]
    assert np.ptp(np.quantile(few, [0.05, 0.95])) > 1.1 * np.ptp(np.quantile(base, [0.05, 0.95]))
    low, high = np.quantile(leaning, [0.05, 0.95]) - np.quantile(base, [0.05, 0.95])
    assert high > 0.4 * base.std() > low >= 0.0


def test_jackknife_on_a_log_scale_is_relative() -> None:
    rng = np.random.default_rng(4)
    top, bottom = rng.gamma(20.0, 1.0, (1, 32)), np.full((1, 32), 20.0)
    ratio, covariance = jackknife_ratio(top, bottom)
    log_ratio, log_covariance = jackknife_ratio(top, bottom, np.log)
    assert log_ratio[0] == pytest.approx(np.log(ratio[0]))
    assert log_covariance[0, 0] == pytest.approx(covariance[0, 0] / ratio[0] ** 2, rel=0.05)
