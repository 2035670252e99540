"""How a forecast stands to what came: calibration, discrimination, cover of intervals, each with its noise.

Belongs here: pure arithmetic on forecasts and outcomes; nothing about origins or models.
"""

import numpy as np
from scipy import stats

from orchestration.inference.frames import Bools, Floats
from orchestration.inference.hierarchy import expit

# Judging moderate calibration needs this many events and as many non-events (Van Calster 2016).
MIN_JUDGED = 200
INTERVAL = (0.05, 0.95)
_CLIP = 1e-6
_BINS = 10
_FLOOR_DRAWS = 200


def is_judged(n_observed: float, n_events: float) -> bool:
    """True with at least 200 events and 200 non-events."""
    return n_events >= MIN_JUDGED and n_observed - n_events >= MIN_JUDGED


def brier(k: Floats, n: Floats, p: Floats) -> float:
    """Mean squared error per trial of `k` events in `n` trials forecast with probability `p`."""
    return float(np.sum(k * (1.0 - p) ** 2 + (n - k) * p**2) / n.sum())


def log_loss(k: Floats, n: Floats, p: Floats) -> float:
    """Mean negative log likelihood per trial, natural logarithm."""
    p = np.clip(p, _CLIP, 1.0 - _CLIP)
    return float(-np.sum(k * np.log(p) + (n - k) * np.log1p(-p)) / n.sum())


def calibration_slope(k: Floats, n: Floats, p: Floats) -> float:
    """Slope of a logistic regression of the outcome on the forecast's logit; 1 is right, below 1 too extreme.

    NaN where forecasts do not differ, or the outcomes are all of one kind.
    """
    p = np.clip(p, _CLIP, 1.0 - _CLIP)
    x = np.log(p / (1.0 - p))
    if k.sum() <= 0 or k.sum() >= n.sum() or np.ptp(x) < 1e-9:
        return float("nan")
    centre = float(np.average(x, weights=n))
    design = np.column_stack([np.ones(x.size), x - centre])
    beta = np.array([centre, 1.0])
    for _ in range(50):
        q = expit(design @ beta)
        hessian = (design * (n * q * (1.0 - q))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (k - n * q))
        # a separating forecast drives the slope to infinity; such a step is cut
        step *= min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[1])


def slope_error(n: Floats, p: Floats) -> float:
    """Standard error of the calibration slope if the forecast is exactly right.

    It hangs on the forecasts alone: a slope that few outcomes drove to an absurd number gets no more say by that.
    NaN where forecasts do not differ.
    """
    p = np.clip(p, _CLIP, 1.0 - _CLIP)
    x, weight = np.log(p / (1.0 - p)), n * p * (1.0 - p)
    information = float(np.sum(weight * (x - np.average(x, weights=weight)) ** 2))
    return information**-0.5 if np.ptp(x) >= 1e-9 else float("nan")


def expected_calibration_error(k: Floats, n: Floats, p: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Mean distance between forecast and share over ten bins of equal mass, and that distance by luck alone.

    The second number is what a forecast that is exactly right shows at this size: outcomes drawn from the
    forecast itself (normal approximation by bin). A difference within it is no finding.
    """
    # equal forecasts stay together, so that the order of rows says nothing
    p, at = np.unique(p, return_inverse=True)
    k, n = (np.bincount(at, weights=counts).astype(np.float64) for counts in (k, n))
    middle = (np.cumsum(n) - 0.5 * n) / n.sum()
    at = np.minimum((middle * _BINS).astype(np.intp), _BINS - 1)
    size = np.bincount(at, weights=n, minlength=_BINS)
    events = np.bincount(at, weights=k, minlength=_BINS)
    mean = np.bincount(at, weights=n * p, minlength=_BINS)
    variance = np.bincount(at, weights=n * p * (1.0 - p), minlength=_BINS)
    value = float(np.abs(events - mean).sum() / size.sum())
    noise = np.abs(rng.standard_normal((_FLOOR_DRAWS, _BINS)) * np.sqrt(variance)).sum(axis=1) / size.sum()
    return value, float(noise.mean())


def is_count_covered(events: float, trials: float, rate: Floats, rng: np.random.Generator) -> bool:
    """Does the 90 % predictive interval hold the count? Exact for a true forecast: ties are split at random.

    Args:
        rate: draws of the mean probability; their spread is the doubt about it, the binomial adds luck.
    """
    rate = np.clip(rate, 0.0, 1.0)
    below = stats.binom.cdf(events - 1.0, trials, rate).mean()
    at = stats.binom.pmf(events, trials, rate).mean()
    place = below + float(rng.random()) * at
    return bool(INTERVAL[0] <= place <= INTERVAL[1])


def is_ratio_covered(observed: float, draws: Floats, noise_sd: float) -> bool:
    """Does the 90 % predictive interval hold the ratio? `noise_sd` is the luck of the customers in it."""
    if noise_sd > 0.0:
        place = float(stats.norm.cdf((observed - draws) / noise_sd).mean())
    else:
        place = float(np.mean(draws < observed) + 0.5 * np.mean(draws == observed))
    return INTERVAL[0] <= place <= INTERVAL[1]


def ratio_noise(top: Floats, bottom: Floats, groups: list[Bools]) -> list[float]:
    """Standard deviation of one customer's amount around its group's ratio, per 1 of base, by group.

    A group of fewer than 20 takes that of all rows; NaN where there are fewer than 20 rows at all.
    """

    def spread(rows: Bools) -> float:
        base = bottom[rows]
        square = float(np.sum(base**2))
        if rows.sum() < 20 or square <= 0.0:
            return float("nan")
        error = top[rows] - base * (top[rows].sum() / base.sum())
        return float(np.sqrt(np.sum(error**2) / square))

    overall = spread(np.ones(top.size, dtype=bool))
    own = [spread(rows) for rows in groups]
    return [overall if np.isnan(value) else value for value in own]
