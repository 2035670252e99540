"""Gross margin rate and support cost per ARR-month by segment and age band.

Each is a ratio of sums. Its sampling covariance over age bands is a delete-a-bucket jackknife, because
customers recur from month to month; the segment's band means are shrunk to the band mean over segments
    (normal-normal, multivariate).
Where no month is known the answer is NaN: unknown, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import (
    HORIZON_MONTHS,
    JACKKNIFE_CORRELATION_SHRINK,
    MONEY_BAND_CORRELATION,
    MONEY_BAND_STARTS,
    N_BUCKETS,
    N_DRAWS,
)
from orchestration.inference.frames import (
    Floats,
    bucket_column,
    in_order,
    numbers,
    require_columns,
    segment_column,
)
from orchestration.inference.jackknife import between_variance, jackknife_ratio
from orchestration.inference.streams import stream

TABLE = "suff_money_monthly"
_COUNTS = ("n_customer_months", "sum_arr_cents", "n_margin_known", "n_support_known", "sum_support_arr_cents")
_SUMS = ("sum_revenue_cents", "sum_margin_revenue_cents", "sum_gross_margin_cents", "sum_support_cents")
COLUMNS = ("segment_id", "age_month", "bucket", *_COUNTS, *_SUMS)
_BANDS = len(MONEY_BAND_STARTS)
# Band of each month 0..59 since the start.
MONTH_BAND = np.searchsorted(MONEY_BAND_STARTS, np.arange(HORIZON_MONTHS), side="right") - 1


@dataclass(frozen=True)
class MoneyPosterior:
    """Draws by segment (pool last), draw and month 0..59, each of shape (segments, 500, 60).

    Attributes:
        margin: gross margin per revenue. support: support cost per month per 1 of ARR, at least 0. NaN where
            unknown.
        margin_known, support_known: customer-months behind them, shape (segments,).
    """

    segments: list[str]
    margin: Floats
    support: Floats
    margin_known: Floats
    support_known: Floats


def _cubes(frame: pd.DataFrame, names: list[str]) -> dict[str, Floats]:
    age = numbers(frame, TABLE, "age_month", minimum=0)
    at = (
        np.array([names.index(s) for s in segment_column(frame, TABLE)], dtype=np.int64),
        np.searchsorted(MONEY_BAND_STARTS, age, side="right") - 1,
        bucket_column(frame, TABLE),
    )
    # A sum over no known month may come as null; it is then a sum of nothing.
    known = {
        "sum_margin_revenue_cents": "n_margin_known",
        "sum_gross_margin_cents": "n_margin_known",
        "sum_support_cents": "n_support_known",
        "sum_support_arr_cents": "n_support_known",
    }
    cubes = {}
    for name in (*_COUNTS, *_SUMS):
        minimum = 0.0 if name in _COUNTS else None
        values = numbers(frame, TABLE, name, minimum=minimum, nullable=name in known)
        if name in known:
            values = np.where(numbers(frame, TABLE, known[name], minimum=0) > 0, values, 0.0)
            values = np.nan_to_num(values)
        cube = np.zeros((len(names), _BANDS, N_BUCKETS))
        np.add.at(cube, at, values)
        cube[-1] = cube[:-1].sum(axis=0)
        cubes[name] = cube
    return cubes


def _sampling(top: Floats, bottom: Floats) -> tuple[Floats, Floats]:
    """Band ratios of one segment and their covariance, its correlations shrunk to the identity."""
    ratio, covariance = jackknife_ratio(top, bottom)
    variance = np.diag(covariance).copy()
    spread = np.sqrt(np.outer(variance, variance))
    correlation = np.divide(covariance, spread, out=np.zeros_like(covariance), where=spread > 0)
    np.fill_diagonal(correlation, 1.0)
    kept = 1.0 - JACKKNIFE_CORRELATION_SHRINK
    correlation = kept * correlation + JACKKNIFE_CORRELATION_SHRINK * np.eye(_BANDS)
    return ratio, correlation * spread


def _quantity(top: Floats, bottom: Floats, names: list[str], seed: int, quantity: str, floor_share: float) -> Floats:
    """Draws by segment, draw and band. All NaN where no denominator is known anywhere.

    Args:
        top, bottom: sums by segment (pool last), band and bucket.
        floor_share: least standard deviation between segments and of a sampling error, as a share of the
            pooled ratio.
    """
    out = np.full((len(names), N_DRAWS, _BANDS), np.nan)
    if bottom[-1].sum() <= 0:
        return out
    parts = [_sampling(top[s], bottom[s]) for s in range(len(names))]
    ratio = np.array([part[0] for part in parts])
    variance = np.array([np.diag(part[1]) for part in parts])
    overall = float(top[-1].sum() / bottom[-1].sum())
    floor = max((floor_share * abs(overall)) ** 2, 1e-12)
    # A band nobody has reached takes the overall ratio with a wide spread.
    pool_mean = np.where(np.isfinite(ratio[-1]), ratio[-1], overall)
    centre, tau = pool_mean.copy(), np.empty(_BANDS)
    for band in range(_BANDS):
        mean, var = ratio[:-1, band], variance[:-1, band]
        between = between_variance(mean, var, floor=floor)
        tau[band] = np.sqrt(between)
        use = np.isfinite(mean) & np.isfinite(var)
        if use.any():
            weight = 1.0 / (var[use] + between)
            centre[band] = float(np.sum(weight * mean[use]) / np.sum(weight))
    prior = np.outer(tau, tau) * (MONEY_BAND_CORRELATION + (1.0 - MONEY_BAND_CORRELATION) * np.eye(_BANDS))
    wide = np.outer(np.ones(_BANDS), np.ones(_BANDS)) * (0.5 * overall) ** 2 + floor * np.eye(_BANDS)
    for s, name in enumerate(names):
        seen = np.isfinite(ratio[s]) & np.isfinite(variance[s])
        before, start = (wide, pool_mean) if s == len(names) - 1 else (prior, centre)
        mean, covariance = start, before
        if seen.any():
            # The floor keeps a band in which the few buckets agree by chance from looking exact.
            noise = parts[s][1][np.ix_(seen, seen)] + (0.1**2) * floor * np.eye(int(seen.sum()))
            gain = np.linalg.solve(before[np.ix_(seen, seen)] + noise, before[seen, :]).T
            mean = start + gain @ (ratio[s][seen] - start[seen])
            covariance = before - gain @ before[seen, :]
        root = np.linalg.cholesky(0.5 * (covariance + covariance.T) + 1e-9 * floor * np.eye(_BANDS))
        out[s] = mean + stream(seed, quantity, name).standard_normal((N_DRAWS, _BANDS)) @ root.T
    return out


def fit_money(frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> MoneyPosterior:
    """Fit margin and support for every segment in `frame` and `segments`, and for the pool.

    Raises:
        CheckFailed: a column absent, a count negative, infinite or null, a sum infinite.
    """
    require_columns(frame, TABLE, COLUMNS)
    names = in_order([*segments, *segment_column(frame, TABLE)])
    cubes = _cubes(frame, names)
    margin = _quantity(cubes["sum_gross_margin_cents"], cubes["sum_margin_revenue_cents"], names, seed, "margin", 0.02)
    support = _quantity(cubes["sum_support_cents"], cubes["sum_support_arr_cents"], names, seed, "support", 0.05)
    return MoneyPosterior(
        names,
        np.minimum(margin, 1.0)[:, :, MONTH_BAND],
        np.maximum(support, 0.0)[:, :, MONTH_BAND],
        cubes["n_margin_known"].sum(axis=(1, 2)),
        cubes["n_support_known"].sum(axis=(1, 2)),
    )
