"""Margin, support and expansion: truth recovered, honest intervals, unknown stays unknown."""

import numpy as np
import pandas as pd
import pytest
import simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import CheckFailed
from orchestration.inference.expansion import design_effect, fit_expansion, value_check
from orchestration.inference.jackknife import jackknife_ratio
from orchestration.inference.money import MoneyPosterior, fit_money

UNKNOWN_SUPPORT = {"n_support_known": 0, "sum_support_cents": np.nan, "sum_support_arr_cents": 0}
UNKNOWN_MARGIN = {
    "n_margin_known": 0,
    "sum_gross_margin_cents": np.nan,
    "sum_margin_revenue_cents": np.nan,
    "sum_margin_arr_cents": 0,
}


def named(posterior: MoneyPosterior, what: str) -> np.ndarray:
    return np.asarray(getattr(posterior, what))[:-1]


def test_jackknife_of_equal_denominators_is_the_variance_of_a_mean() -> None:
    top = np.random.default_rng(1).normal(5.0, 1.0, (1, 32))
    ratio, covariance = jackknife_ratio(top, np.ones((1, 32)))
    assert ratio[0] == pytest.approx(top.mean())
    assert covariance[0, 0] == pytest.approx(top.var(ddof=1) / 32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 100.0))
def test_jackknife_scales_with_the_unit_and_ignores_bucket_order(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    top, bottom = rng.gamma(2.0, 3.0, (2, 32)), rng.gamma(5.0, 2.0, (2, 32))
    ratio, covariance = jackknife_ratio(top, bottom)
    order = rng.permutation(32)
    other, scaled = jackknife_ratio(unit * top[:, order], bottom[:, order])
    np.testing.assert_allclose(other, unit * ratio)
    np.testing.assert_allclose(scaled, unit**2 * covariance)
    assert (np.linalg.eigvalsh(covariance) >= -1e-12).all()


def test_jackknife_without_data_or_with_one_bucket_is_unknown() -> None:
    bottom = np.zeros((2, 32))
    bottom[1, 4] = 10.0
    ratio, covariance = jackknife_ratio(0.5 * bottom, bottom)
    assert np.isnan(ratio[0]) and ratio[1] == 0.5
    assert np.isnan(covariance).all()


def test_bucket_jackknife_covers_where_independent_months_would_not() -> None:
    inside, width, naive = [], [], []
    for seed in range(10):
        money = simulate.simulate(100 + seed, 1500).money
        draws = named(fit_money(money, seed=1), "margin")[:, :, 9]
        low, high = np.quantile(draws, [0.05, 0.95], axis=1)
        inside.append((low <= simulate.MARGIN) & (high >= simulate.MARGIN))
        width.append((high - low).mean())
        cells = money[(money["age_month"] >= 7) & (money["age_month"] <= 12)]
        n = cells.groupby("segment_id")["n_customer_months"].sum()
        naive.append(float((2 * 1.645 * 0.06 / np.sqrt(n)).mean()))
    assert 0.75 <= np.mean(inside) <= 1.0
    assert np.mean(width) > 1.3 * np.mean(naive)


def test_support_is_recovered_and_falls_after_onboarding(company: simulate.Company) -> None:
    support = named(fit_money(company.money, seed=1), "support").mean(axis=1)
    # Mean of exp(normal(-0.125, 0.5)) is 1; the first four months cost 2.0 times, later ones 0.8 times.
    np.testing.assert_allclose(support[:, 2], 2.0 * simulate.SUPPORT, rtol=0.25)
    np.testing.assert_allclose(support[:, 9], 0.8 * simulate.SUPPORT, rtol=0.25)


def test_unknown_money_stays_unknown_and_never_zero(company: simulate.Company) -> None:
    posterior = fit_money(company.money.assign(**UNKNOWN_SUPPORT), seed=1)
    assert np.isnan(posterior.support).all()
    assert np.isfinite(posterior.margin).all()
    assert np.isnan(fit_money(company.money.assign(**UNKNOWN_MARGIN), seed=1).margin).all()


def test_services_raise_what_arr_brings_and_lower_the_rate_of_revenue(company: simulate.Company) -> None:
    plain = fit_money(company.money, seed=1)
    money = company.money.copy()
    # in the first three months S1 is billed as much again for services, at a margin of a fifth
    billed = (money["segment_id"] == "S1") & (money["age_month"] < 3)
    money.loc[billed, "sum_gross_margin_cents"] += money.loc[billed, "sum_revenue_cents"] // 5
    for column in ("sum_revenue_cents", "sum_margin_revenue_cents"):
        money.loc[billed, column] *= 2
    posterior = fit_money(money, seed=1)
    s = posterior.segments.index("S1")
    rate, brings = posterior.margin[s].mean(axis=0), posterior.arr_margin[s].mean(axis=0)
    before = plain.arr_margin[s].mean(axis=0)
    np.testing.assert_allclose(brings[:3], before[:3] + 0.2, atol=0.03)
    np.testing.assert_allclose(rate[:3], (before[:3] + 0.2) / 2, atol=0.03)
    # later months and the rest of the company stay
    np.testing.assert_allclose(brings[3:12], before[3:12], atol=0.02)
    other = posterior.segments.index("S2")
    np.testing.assert_allclose(
        posterior.arr_margin[other].mean(axis=0)[:12], plain.arr_margin[other].mean(axis=0)[:12], atol=0.02
    )


def test_without_one_off_bills_both_margins_are_one(company: simulate.Company) -> None:
    posterior = fit_money(company.money, seed=1)
    np.testing.assert_allclose(
        named(posterior, "arr_margin").mean(axis=1), named(posterior, "margin").mean(axis=1), atol=0.02
    )


@pytest.mark.parametrize(("month", "is_dear"), [(2, True), (3, False)])
def test_the_first_band_of_age_is_months_0_to_2(company: simulate.Company, month: int, is_dear: bool) -> None:
    money = company.money.copy()
    money.loc[money["age_month"] < 3, "sum_gross_margin_cents"] //= 2
    posterior = fit_money(money, seed=1)
    low = posterior.margin[-1, :, month].mean() < 0.75 * posterior.margin[-1, :, 8].mean()
    assert low == is_dear


def test_one_segment_without_margin_takes_the_pool(company: simulate.Company) -> None:
    money = company.money.copy()
    rows = money["segment_id"] == "S4"
    for column, value in UNKNOWN_MARGIN.items():
        money.loc[rows, column] = value
    posterior = fit_money(money, seed=1)
    draws = posterior.margin[3, :, 9]
    assert 0.55 < draws.mean() < 0.80
    assert draws.std() > 3 * posterior.margin[0, :, 9].std()
    assert posterior.margin_known[3] == 0


def test_months_with_unknown_margin_do_not_dilute_it(company: simulate.Company) -> None:
    money = company.money.copy()
    odd = money["bucket"] % 2 == 1
    for column, value in UNKNOWN_MARGIN.items():
        money.loc[odd, column] = value
    draws = named(fit_money(money, seed=1), "margin")[:, :, 9]
    np.testing.assert_allclose(draws.mean(axis=1), simulate.MARGIN, atol=0.03)


@pytest.mark.parametrize(("column", "value"), [("n_customer_months", -1), ("sum_gross_margin_cents", np.inf)])
def test_broken_money_is_refused_by_name(company: simulate.Company, column: str, value: float) -> None:
    broken = company.money.head(20).astype({column: float}).copy()
    broken.loc[broken.index[2], column] = value
    with pytest.raises(CheckFailed, match=f"suff_money_monthly, column {column}, row 2"):
        fit_money(broken, seed=1)


def test_expansion_rate_and_value_are_recovered() -> None:
    posterior = fit_expansion(simulate.simulate(8, 20_000).expansion, seed=1)
    rate = posterior.hazard[:-1, :, 8].mean(axis=1)
    np.testing.assert_allclose(rate, simulate.EXPANSION, rtol=0.25)
    truth = np.exp(simulate.EXPANSION_LOG_MEAN + 0.5 * simulate.EXPANSION_LOG_SD**2)
    np.testing.assert_allclose(posterior.value[:-1].mean(axis=1), truth, rtol=0.12)
    assert not value_check(posterior)["is_flagged"].iloc[-1] or abs(posterior.raw_value[-1]) > 0


def test_value_check_flags_a_gap(company: simulate.Company) -> None:
    table = value_check(fit_expansion(company.expansion, seed=1)).set_index("segment_id")
    assert not table.loc["S2", "is_flagged"]
    doubled = company.expansion.assign(sum_amount_cents=2 * company.expansion["sum_amount_cents"])
    assert value_check(fit_expansion(doubled, seed=1)).set_index("segment_id").loc["S2", "is_flagged"]


def test_clustered_events_widen_the_interval(company: simulate.Company) -> None:
    calm = company.expansion.assign(n_exposed_months=company.expansion["n_exposed_months"] * 4)
    wild = calm.copy()
    # The same number of events, all in every fourth bucket.
    wild["n_events"] = np.where(wild["bucket"] % 4 == 0, 4 * wild["n_events"], 0)
    one, two = (fit_expansion(f, seed=1).hazard[0, :, 8] for f in (calm, wild))
    assert two.std() > 1.4 * one.std()


def test_design_effect_of_independent_events_is_about_one() -> None:
    rng = np.random.default_rng(3)
    exposed = rng.integers(50, 200, (6, 4, 32)).astype(float)
    assert design_effect(exposed, rng.binomial(exposed.astype(int), 0.02).astype(float)) < 1.3
    assert design_effect(exposed, 10.0 * rng.binomial(exposed.astype(int), 0.002)) > 5.0


def test_no_expansion_means_value_zero_and_a_small_probability(company: simulate.Company) -> None:
    sums = [
        "n_events",
        "sum_amount_cents",
        "sum_base_arr_cents",
        "sum_log_ratio_micro",
        "sumsq_log_ratio_micro",
    ]
    posterior = fit_expansion(company.expansion.assign(**dict.fromkeys(sums, 0)), seed=1)
    assert (posterior.value == 0).all()
    assert 0 < posterior.hazard[-1].mean() < 0.002


def test_no_exposure_means_unknown(company: simulate.Company) -> None:
    posterior = fit_expansion(company.expansion.head(0), seed=1, segments=["S1"])
    assert np.isnan(posterior.hazard).all() and np.isnan(posterior.value).all()


def test_more_events_than_exposure_is_refused(company: simulate.Company) -> None:
    with pytest.raises(CheckFailed, match="suff_expansion, column n_events, row 0: exceeds n_exposed_months"):
        fit_expansion(company.expansion.assign(n_events=10**9), seed=1)


def test_row_order_does_not_matter(company: simulate.Company) -> None:
    for fit, frame in ((fit_money, company.money), (fit_expansion, company.expansion)):
        one, two = fit(frame, seed=1), fit(frame.sample(frac=1.0, random_state=9), seed=1)
        for name in vars(one):
            assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=name != "segments")


def test_decimal_sums_are_accepted(company: simulate.Company) -> None:
    exact = company.money.astype({"sum_arr_cents": object})
    assert np.array_equal(fit_money(exact, seed=1).margin, fit_money(pd.DataFrame(company.money), seed=1).margin)
