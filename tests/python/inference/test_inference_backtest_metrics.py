"""The measures themselves: right where the answer is known, and noise told from fault."""

import numpy as np
import pytest

from orchestration.inference import backtest_metrics as measure


def _forecast(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = 1.0 / (1.0 + np.exp(-rng.normal(-1.0, 1.0, n)))
    return (rng.random(n) < p).astype(float), np.ones(n), p


def test_losses_of_one_trial_are_those_of_the_textbook() -> None:
    k, n, p = np.array([1.0, 0.0]), np.ones(2), np.array([0.8, 0.4])
    assert measure.brier(k, n, p) == pytest.approx((0.04 + 0.16) / 2)
    assert measure.log_loss(k, n, p) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


def test_trials_in_cells_count_like_single_ones() -> None:
    k, n, p = _forecast(400, 1)
    p = np.round(p, 1)
    cells = [(k[p == level].sum(), (p == level).sum(), level) for level in np.unique(p)]
    ck, cn, cp = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    assert measure.log_loss(ck, cn, cp) == pytest.approx(measure.log_loss(k, n, p))
    assert measure.brier(ck, cn, cp) == pytest.approx(measure.brier(k, n, p))
    assert measure.calibration_slope(ck, cn, cp) == pytest.approx(measure.calibration_slope(k, n, p))


def test_the_slope_of_a_too_extreme_forecast_is_below_one() -> None:
    k, n, p = _forecast(40_000, 2)
    logit = np.log(p / (1 - p))
    assert measure.calibration_slope(k, n, p) == pytest.approx(1.0, abs=0.05)
    assert measure.calibration_slope(k, n, 1 / (1 + np.exp(-2 * logit))) == pytest.approx(0.5, abs=0.03)


def test_the_slope_is_unknown_where_nothing_differs_and_finite_where_the_forecast_separates() -> None:
    assert np.isnan(measure.calibration_slope(np.array([1.0, 0.0]), np.ones(2), np.full(2, 0.3)))
    assert np.isnan(measure.calibration_slope(np.zeros(2), np.ones(2), np.array([0.2, 0.3])))
    p = np.array([0.1, 0.2, 0.8, 0.9])
    assert np.isfinite(measure.calibration_slope(np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4), p))


def test_a_perfect_forecast_shows_the_noise_floor_and_a_wrong_one_more() -> None:
    gaps, wrong = [], []
    for seed in range(40):
        k, n, p = _forecast(1500, seed)
        value, floor = measure.expected_calibration_error(k, n, p, np.random.default_rng(seed))
        gaps.append(value - floor)
        value, floor = measure.expected_calibration_error(k, n, 0.7 * p, np.random.default_rng(seed))
        wrong.append(value - floor)
    assert abs(np.mean(gaps)) < 0.002
    assert np.mean(wrong) > 0.05


def test_intervals_of_a_true_forecast_hold_nine_in_ten_even_for_small_counts() -> None:
    rng = np.random.default_rng(3)
    doubt = rng.beta(20, 180, 500)
    held = []
    for _ in range(1500):
        k = float(rng.binomial(60, rng.choice(doubt)))
        held.append(measure.is_count_covered(k, 60.0, doubt, rng))
    assert np.mean(held) == pytest.approx(0.90, abs=0.025)


def test_intervals_of_a_ratio_hold_nine_in_ten() -> None:
    rng = np.random.default_rng(4)
    draws = rng.normal(0.5, 0.03, 500)
    held = [measure.is_ratio_covered(float(rng.choice(draws) + rng.normal(0, 0.04)), draws, 0.04) for _ in range(1500)]
    assert np.mean(held) == pytest.approx(0.90, abs=0.025)


@pytest.mark.parametrize(("n", "k", "judged"), [(400, 200, True), (400, 199, False), (399, 200, False)])
def test_two_hundred_of_each_kind_are_needed(n: int, k: int, judged: bool) -> None:
    assert measure.is_judged(n, k) is judged


def test_a_small_group_takes_the_spread_of_all() -> None:
    rng = np.random.default_rng(5)
    bottom = np.full(100, 2.0)
    top = bottom * (0.5 + rng.normal(0, 0.1, 100))
    few = np.zeros(100, dtype=bool)
    few[:19] = True
    own, whole = measure.ratio_noise(top, bottom, [few, np.ones(100, dtype=bool)])
    assert own == whole == pytest.approx(0.1, rel=0.3)
    assert np.isnan(measure.ratio_noise(top[:19], bottom[:19], [few[:19]])[0])


def test_the_error_of_a_slope_is_what_slopes_of_true_forecasts_spread() -> None:
    rng = np.random.default_rng(4)
    p = 1.0 / (1.0 + np.exp(-rng.normal(-1.0, 0.5, 400)))
    ones = np.ones(p.size)
    slopes = [measure.calibration_slope((rng.random(p.size) < p).astype(float), ones, p) for _ in range(200)]
    assert measure.slope_error(ones, p) == pytest.approx(np.std(slopes), rel=0.2)
    assert np.isnan(measure.slope_error(ones, np.full(p.size, 0.3)))
