"""Gross margin per revenue and per ARR, and support cost per ARR-month, by segment and age band.

Gross margin has two bases. Per revenue it is the rate that finance calls gross margin. Per ARR it is what a unit of
ARR brings: in the first months it holds the margin of what is billed once, such as services, which a rate per revenue
would spread over ARR that is not there. What is a multiple of ARR (contribution, lifecycle value) takes the latter.

All are ratios of sums: weighted by revenue and by ARR, which is what finance pays. A customer ten times as
large counts ten times; the mean over customers is another number wherever large customers differ from small ones.

Sampling error is a delete-a-bucket jackknife, because customers recur from month to month (support on the log
scale, where a few giants make it less lopsided). Its variances are smoothed over segments, since 32 buckets tell a
variance badly and a lucky sample looks cheap and exact at once. Segments are then pooled (see `pooling`). What a
calendar quarter did to everybody alike, such as a cost shock, cannot be seen from customers: its size comes from
the quarters and widens all segments together.
Where no month is known the answer is NaN: unknown, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import (
    HORIZON_MONTHS,
    MONEY_BAND_LABELS,
    MONEY_BAND_STARTS,
    N_BUCKETS,
    N_DRAWS,
    POOLED,
)
from orchestration.inference.frames import (
    Floats,
    bucket_column,
    in_order,
    numbers,
    pooled_sums,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.jackknife import leave_one_out
from orchestration.inference.pooling import Estimates, PoolPrior, bucket_estimates, pooled_draws
from orchestration.inference.streams import stream

TABLE = "suff_money_monthly"
QUARTERLY_TABLE = "suff_money_quarterly"
_COUNTS = (
    "n_customer_months",
    "sum_arr_cents",
    "n_margin_known",
    "sum_margin_arr_cents",
    "n_support_known",
    "sum_support_arr_cents",
)
_SUMS = ("sum_revenue_cents", "sum_margin_revenue_cents", "sum_gross_margin_cents", "sum_support_cents")
COLUMNS = ("segment_id", "age_month", "bucket", *_COUNTS, *_SUMS)
_QUARTERLY_SUMS = (
    "n_margin_known",
    "sum_margin_arr_cents",
    "sum_margin_revenue_cents",
    "sum_gross_margin_cents",
    "n_support_known",
    "sum_support_arr_cents",
    "sum_support_cents",
)
QUARTERLY_COLUMNS = ("segment_id", "age_band", "calendar_quarter", "bucket", *_QUARTERLY_SUMS)
_BANDS = len(MONEY_BAND_STARTS)
# Band of each month 0..59 since the start.
MONTH_BAND = np.searchsorted(MONEY_BAND_STARTS, np.arange(HORIZON_MONTHS), side="right") - 1
# A sum over no known month may come as null; it is then a sum of nothing.
_KNOWN = {
    "sum_margin_revenue_cents": "n_margin_known",
    "sum_margin_arr_cents": "n_margin_known",
    "sum_gross_margin_cents": "n_margin_known",
    "sum_support_cents": "n_support_known",
    "sum_support_arr_cents": "n_support_known",
}
_FEWEST_QUARTERS = 4


@dataclass(frozen=True)
class _Scale:
    """On which scale a quantity is pooled, and its priors there.

    Attributes:
        is_log: the logarithm of the ratio, with one customer-month of the company's average added to every band, so
            that a band without any cost has one; else the ratio itself.
        floor: least sampling standard deviation. unit_variance: variance of one customer-month, before any data.
    """

    is_log: bool
    sd: float
    step_sd: float
    level_scale: float
    band_scale: float
    floor: float
    unit_variance: float


_MARGIN = _Scale(
    is_log=False, sd=0.5, step_sd=0.1, level_scale=0.1, band_scale=0.03, floor=0.002, unit_variance=12 * 0.15**2
)
# What is billed once makes the first months differ from the later ones, and segments there, more than a rate does.
_ARR_MARGIN = _Scale(
    is_log=False, sd=0.7, step_sd=0.2, level_scale=0.15, band_scale=0.1, floor=0.002, unit_variance=12 * 0.3**2
)
_SUPPORT = _Scale(is_log=True, sd=2.0, step_sd=0.5, level_scale=0.5, band_scale=0.2, floor=0.005, unit_variance=12.0)


@dataclass(frozen=True)
class MoneyPosterior:
    """Draws by segment (pool last), draw and month 0..59, each of shape (segments, 500, 60).

    Attributes:
        margin: gross margin per revenue, at most 1. arr_margin: gross margin a year per 1 of ARR, which may be above 1
            where much is billed once. support: support cost per month per 1 of ARR, at least 0. NaN where unknown.
        margin_known, support_known: customer-months behind them, shape (segments,).
        margin_months, support_months: the same by month 0..59 since the start, shape (segments, 60).
        support_arr: ARR of the months with known support, in minor units, by month, shape (segments, 60).
        margin_quarter_sd, arr_margin_quarter_sd, support_quarter_sd: standard error that calendar quarters add, in
            points of margin and in log support; 0 where there are too few quarters to tell.
    """

    segments: list[str]
    margin: Floats
    arr_margin: Floats
    support: Floats
    margin_known: Floats
    support_known: Floats
    margin_months: Floats
    support_months: Floats
    support_arr: Floats
    margin_quarter_sd: float = 0.0
    arr_margin_quarter_sd: float = 0.0
    support_quarter_sd: float = 0.0


def _values(frame: pd.DataFrame, table: str, names: Iterable[str]) -> dict[str, Floats]:
    values = {}
    for name in names:
        column = numbers(frame, table, name, minimum=0.0 if name in _COUNTS else None, nullable=name in _KNOWN)
        if name in _KNOWN:
            column = np.nan_to_num(np.where(numbers(frame, table, _KNOWN[name], minimum=0) > 0, column, 0.0))
        values[name] = column
    return values


def _cubes(frame: pd.DataFrame, names: list[str]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Sums by segment (pool last), age band and bucket, and by segment and month of age (last: 59 and later)."""
    age = numbers(frame, TABLE, "age_month", minimum=0).astype(np.int64)
    segment = np.array([names.index(s) for s in segment_column(frame, TABLE)], dtype=np.int64)
    band = np.searchsorted(MONEY_BAND_STARTS, age, side="right") - 1
    bucket = bucket_column(frame, TABLE)
    within = age < HORIZON_MONTHS
    cubes, months = {}, {}
    for name, values in _values(frame, TABLE, (*_COUNTS, *_SUMS)).items():
        cubes[name] = pooled_sums((segment, band, bucket), values, (len(names), _BANDS, N_BUCKETS))
        months[name] = pooled_sums((segment[within], age[within]), values[within], (len(names), HORIZON_MONTHS))
    return cubes, months


def _estimates(top: Floats, bottom: Floats, months: Floats, scale: _Scale) -> Estimates:
    """Band estimates on the pooling scale; arguments by segment (pool last), band and bucket, `months` the
    customer-months behind them.
    """
    base = float(bottom[-1].sum() / max(months[-1].sum(), 1.0)) if scale.is_log else 0.0
    overall = float(top[-1].sum() / bottom[-1].sum())
    parts = [leave_one_out(top[s], bottom[s], base * overall, base) for s in range(top.shape[0])]
    mean, without = np.array([part[0] for part in parts]), np.array([part[1] for part in parts])
    if scale.is_log:
        mean, without = (np.log(np.maximum(part, 0.01 * overall)) for part in (mean, without))
    return bucket_estimates(
        mean,
        without,
        bottom > 0,
        months.sum(axis=2),
        floor=scale.floor,
        unit_variance=scale.unit_variance,
    )


def _quantity(
    top: Floats, bottom: Floats, months: Floats, names: list[str], seed: int, quantity: str, scale: _Scale
) -> Floats:
    """Draws of the ratio by segment, draw and band. All NaN where no denominator is known anywhere.

    Args:
        top, bottom, months: sums by segment (pool last), band and bucket.
    """
    if bottom[-1].sum() <= 0:
        return np.full((len(names), N_DRAWS, _BANDS), np.nan)
    overall = float(top[-1].sum() / bottom[-1].sum())
    if scale.is_log and overall <= 0:
        # support is known and there was none
        return np.zeros((len(names), N_DRAWS, _BANDS))
    estimates = _estimates(top, bottom, months, scale)
    centre = np.log(overall) if scale.is_log else overall
    prior = PoolPrior(float(centre), scale.sd, scale.step_sd, scale.level_scale, scale.band_scale)
    draws = pooled_draws(estimates, names, prior, seed=seed, quantity=quantity)
    return np.exp(draws) if scale.is_log else draws


def quarter_error(top: Floats, expected: Floats) -> float:
    """Standard error that calendar quarters add to a company's ratio, relative to what was expected.

    A delete-a-quarter jackknife of sum(top) / sum(expected), less what customers alone would make of it (two-way
    clustering, Cameron, Gelbach and Miller 2011). 0 where fewer than four quarters are seen.

    Args:
        top: sums by quarter and bucket. expected: what they would be if every quarter were alike, shape alike.
    """
    weight = expected.sum(axis=1)
    used = weight > 0
    n = int(used.sum())
    if n < _FEWEST_QUARTERS:
        return 0.0
    top, expected, weight = top[used], expected[used], weight[used]
    residual = top - expected * (top.sum() / expected.sum())
    total = weight.sum()
    by_quarter = residual.sum(axis=1)
    leave = -by_quarter / (total - weight)
    seen = (n - 1) / n * float(np.sum((leave - leave.mean()) ** 2))
    # customers keep their own level through the quarters; what is left moves between them
    own = residual.sum(axis=0) / np.maximum(expected.sum(axis=0), 1e-9)
    moving = residual - expected * own
    buckets = top.shape[1]
    spread = ((moving - moving.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) * buckets / max(buckets - 1, 1)
    noise = float(np.sum(spread / (total - weight) ** 2)) * (n - 1) / n
    return float(np.sqrt(max(0.0, seen - noise)))


def _quarters(frame: pd.DataFrame, cubes: dict[str, Floats], names: list[str]) -> tuple[float, float, float]:
    """Quarter errors: of margin per revenue and per ARR in points, of support relative to its level."""
    require_columns(frame, QUARTERLY_TABLE, QUARTERLY_COLUMNS)
    segment = segment_column(frame, QUARTERLY_TABLE)
    unknown = ~segment.isin(names).to_numpy(dtype=bool)
    refuse_rows(QUARTERLY_TABLE, "segment_id", unknown, f"is not in {TABLE}")
    at = np.array([names.index(s) for s in segment], dtype=np.int64)
    labels = texts(frame, QUARTERLY_TABLE, "age_band", MONEY_BAND_LABELS)
    band = np.array([MONEY_BAND_LABELS.index(b) for b in labels], dtype=np.int64)
    bucket = bucket_column(frame, QUARTERLY_TABLE)
    quarter, codes = np.unique(
        texts(frame, QUARTERLY_TABLE, "calendar_quarter").to_numpy(dtype=str), return_inverse=True
    )
    values = _values(frame, QUARTERLY_TABLE, _QUARTERLY_SUMS)

    def error(top: str, bottom: str) -> float:
        by = [cubes[name].sum(axis=2) for name in (top, bottom)]
        rate = np.divide(by[0], by[1], out=np.zeros_like(by[0]), where=by[1] > 0)
        sums = [np.zeros((quarter.size, N_BUCKETS)) for _ in range(2)]
        np.add.at(sums[0], (codes, bucket), values[top])
        np.add.at(sums[1], (codes, bucket), values[bottom] * rate[at, band])
        return quarter_error(sums[0], sums[1]) if sums[1].sum() > 0 else 0.0

    def points(bottom: str, months: float) -> float:
        level = months * cubes["sum_gross_margin_cents"][-1].sum() / max(cubes[bottom][-1].sum(), 1.0)
        return error("sum_gross_margin_cents", bottom) * abs(float(level))

    return (
        points("sum_margin_revenue_cents", 1.0),
        points("sum_margin_arr_cents", 12.0),
        error("sum_support_cents", "sum_support_arr_cents"),
    )


def fit_money(
    frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = (), quarterly: pd.DataFrame | None = None
) -> MoneyPosterior:
    """Fit margin and support for every segment in `frame` and `segments`, and for the pool.

    Args:
        frame: suff_money_monthly. quarterly: suff_money_quarterly; without it calendar shocks widen nothing.

    Raises:
        CheckFailed: a column absent, a count negative, infinite or null, a sum infinite.
    """
    require_columns(frame, TABLE, COLUMNS)
    names = in_order([*segments, *segment_column(frame, TABLE)])
    cubes, months = _cubes(frame, names)
    margin_sd, arr_margin_sd, support_sd = (0.0, 0.0, 0.0) if quarterly is None else _quarters(quarterly, cubes, names)
    margin = _quantity(
        cubes["sum_gross_margin_cents"],
        cubes["sum_margin_revenue_cents"],
        cubes["n_margin_known"],
        names,
        seed,
        "margin",
        _MARGIN,
    )
    arr_margin = _quantity(
        cubes["sum_gross_margin_cents"],
        cubes["sum_margin_arr_cents"] / 12.0,
        cubes["n_margin_known"],
        names,
        seed,
        "arr_margin",
        _ARR_MARGIN,
    )
    support = _quantity(
        cubes["sum_support_cents"],
        cubes["sum_support_arr_cents"],
        cubes["n_support_known"],
        names,
        seed,
        "support",
        _SUPPORT,
    )
    common = stream(seed, "money_quarter", POOLED).standard_normal((2, N_DRAWS))
    # one state of the world: a quarter that is bad for the one is bad for the other
    margin = margin + margin_sd * common[0][None, :, None]
    arr_margin = arr_margin + arr_margin_sd * common[0][None, :, None]
    support = support * np.exp(support_sd * common[1] - 0.5 * support_sd**2)[None, :, None]
    return MoneyPosterior(
        names,
        np.minimum(margin, 1.0)[:, :, MONTH_BAND],
        arr_margin[:, :, MONTH_BAND],
        support[:, :, MONTH_BAND],
        cubes["n_margin_known"].sum(axis=(1, 2)),
        cubes["n_support_known"].sum(axis=(1, 2)),
        months["n_margin_known"],
        months["n_support_known"],
        months["sum_support_arr_cents"],
        margin_sd,
        arr_margin_sd,
        support_sd,
    )
