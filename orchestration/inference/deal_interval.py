"""What a single won deal contributes in its first year, with an interval that holds for single deals.

    expected contribution per ARR = base of the segment + ridge on standardised pre-close signals
    interval = expected + quantiles of the residuals of later deals of the same segment

The mean is fitted on the earliest third of the deals and its residuals are taken on the rest (split conformal, Vovk et
al. 2005; one set of quantiles per segment is the Mondrian form): quantiles need more deals than a line. Quantiles of
both sides are taken apart, because contributions are skewed and churn piles them up at the bottom; ranks are those
that cover a new deal from the same law at least eight times in ten, whatever the law. A trend over the later deals,
less what chance alone would show, is taken out, so that base and interval stand where the latest start stood. Past
that there is no guarantee: the newest deals whose first year is over are a year old, and what changed since is in no
number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import (
    DEAL_INTERVAL_LEAST,
    DEAL_INTERVAL_LEVEL,
    DEAL_INTERVAL_OWN,
    POOLED,
    model_version,
)
from orchestration.inference.evidence import COMPANY, OWN, PARTLY_POOLED, PRIOR
from orchestration.inference.frames import (
    Floats,
    in_order,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.segment_data import FEATURES

TABLE = "sample_deal_value"
TARGET = "contribution_per_arr_12m"
# Deals that the mean of all deals counts for in the base of a segment.
_BASE_WEIGHT = 5.0
_PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 1e6)
# The mean is fitted to contributions cut at these quantiles, so that one freak deal does not bend it, and signals
# beyond them count as if they stood there, so that no open deal is carried off along a line.
_CUT = (0.01, 0.99)
_SHIFT_WEIGHT = 50.0
_WIDTH_WEIGHT = 10.0
# One deal in so many, the earliest, is for the mean.
_FIT_PART = 3


@dataclass(frozen=True)
class _Deals:
    """Checked deals, earliest first; year counts back from the latest start, which is 0. x may hold NaN."""

    segment: np.ndarray
    year: Floats
    x: Floats
    y: Floats


@dataclass(frozen=True)
class _Signals:
    """How signals enter the mean, one entry per feature; those that say nothing have coefficient 0."""

    coefficient: Floats
    centre: Floats
    scale: Floats
    missing: Floats
    least: Floats
    most: Floats

    def scaled(self, x: Floats) -> Floats:
        filled = np.where(np.isnan(x), self.missing, x)
        return (np.clip(filled, self.least, self.most) - self.centre) / self.scale


def _deals(frame: pd.DataFrame) -> _Deals:
    require_columns(frame, TABLE, ("opportunity_id", "segment_id", "started_on", TARGET, *FEATURES))
    started = pd.to_datetime(frame["started_on"]).reset_index(drop=True)
    refuse_rows(TABLE, "started_on", started.isna().to_numpy(dtype=bool), "is null")
    table = pd.DataFrame({"opportunity_id": texts(frame, TABLE, "opportunity_id"), "started_on": started})
    refuse_rows(TABLE, "opportunity_id", table["opportunity_id"].duplicated().to_numpy(dtype=bool), "is there twice")
    table["segment_id"] = segment_column(frame, TABLE)
    for name in (TARGET, *FEATURES):
        table[name] = numbers(frame, TABLE, name, nullable=True)
    table = table[table[TARGET].notna()].sort_values(["started_on", "opportunity_id"], kind="stable")
    back = (table["started_on"] - table["started_on"].max()).dt.days.to_numpy(dtype=np.float64) / 365.25
    return _Deals(
        table["segment_id"].to_numpy(dtype=object),
        back,
        table[list(FEATURES)].to_numpy(dtype=np.float64),
        table[TARGET].to_numpy(dtype=np.float64),
    )


def _signals(x: Floats) -> _Signals:
    known = [column[~np.isnan(column)] for column in x.T]
    missing = np.array([float(np.median(c)) if c.size else 0.0 for c in known])
    least, most = (np.array([float(np.quantile(c, q)) if c.size else 0.0 for c in known]) for q in _CUT)
    # one row of usual values stands in for no deal at all
    cut = np.clip(np.where(np.isnan(x), missing, x), least, most) if len(x) else missing[None, :]
    centre, spread = cut.mean(axis=0), cut.std(axis=0)
    scale = np.where(spread > 1e-9 * (1.0 + np.abs(centre)), spread, 1.0)
    return _Signals(np.zeros(len(FEATURES)), centre, scale, missing, least, most)


def _ridge(design: Floats, y: Floats, n_segments: int) -> Floats:
    """Coefficients of segments, then signals; the penalty of the signals is chosen by generalised cross-validation
    (Golub, Heath and Wahba 1979).
    """
    gram, moment = design.T @ design, design.T @ y
    best = (np.inf, np.zeros(design.shape[1]))
    for penalty in _PENALTIES:
        ridge = np.concatenate([np.full(n_segments, _BASE_WEIGHT), np.full(design.shape[1] - n_segments, penalty)])
        inverse = np.linalg.inv(gram + np.diag(ridge))
        beta = inverse @ moment
        freedom = float(np.sum(inverse * gram))
        error = float(np.mean((y - design @ beta) ** 2)) / max(1.0 - (freedom + 1.0) / len(y), 1e-6) ** 2
        if error < best[0] * (1.0 - 1e-9):
            best = (error, beta)
    return best[1]


def _bounds(residual: Floats) -> tuple[float, float]:
    """Residuals between which the next one falls with at least the stated level, half of the misses on each side."""
    n = residual.size
    tail = (1.0 - DEAL_INTERVAL_LEVEL) / 2.0
    # the small amount keeps 0.1 * 50 from becoming 5.000000000000001
    low = max(int(np.floor((n + 1) * tail + 1e-9)), 1)
    ordered = np.sort(residual)
    return float(ordered[low - 1]), float(ordered[n - low])


def _fit_mean(deals: _Deals, names: list[str], n_fit: int) -> tuple[_Signals, Floats]:
    """Fit the earlier deals: signals, and the base of each named segment and of all, shape (segments + 1,)."""
    y = np.clip(deals.y[:n_fit], *np.quantile(deals.y[:n_fit], _CUT))
    overall = float(y.mean())
    signals = _signals(deals.x[:n_fit])
    member = (deals.segment[:n_fit, None] == np.array(names, dtype=object)[None, :]).astype(np.float64)
    design = np.column_stack([member, signals.scaled(deals.x[:n_fit])])
    beta = _ridge(design, y - overall, len(names))
    coefficient = np.where(np.ptp(design[:, len(names) :], axis=0) > 0, beta[len(names) :], 0.0)
    signals = _Signals(coefficient, signals.centre, signals.scale, signals.missing, signals.least, signals.most)
    return signals, np.append(overall + beta[: len(names)], overall)


def fit_deal_interval(
    sample: pd.DataFrame, *, as_of: date, seed: int, segments: Iterable[str] = ()
) -> dict[str, pd.DataFrame]:
    """Fit the mean and the interval.

    Args:
        sample: sample_deal_value in any row order; deals whose contribution is unknown are left out.
        segments: ids that must appear even without a deal.

    Returns:
        `deal_interval`: one row per segment and, last, 'all': base_per_arr, and lower_per_arr and upper_per_arr to be
        added to the expected contribution. A segment with fewer than 50 later deals takes the quantiles of all,
        stretched to its own spread as far as that is known (`fallback_level` partly_pooled, or company without any
        deal of its own); with fewer than 20 in the whole company all numbers are NaN (prior_only).
        `deal_value_coefficient`: one row per signal. Both carry model_version and as_of_date. No random number is
        used; `seed` only enters the version.

    Raises:
        CheckFailed: a column absent, a value infinite or no number, a deal twice, a start missing.
    """
    deals = _deals(sample)
    names = in_order([*segments, *deals.segment])[:-1]
    n_fit = deals.y.size // _FIT_PART
    n_later = deals.y.size - n_fit
    signals = _signals(deals.x[:0])
    base, lower, upper = (np.full(len(names) + 1, np.nan) for _ in range(3))
    later = deals.segment[n_fit:]
    count = np.array([*[int((later == name).sum()) for name in names], n_later])
    if n_later >= DEAL_INTERVAL_LEAST:
        signals, base = _fit_mean(deals, names, n_fit)
        index = {name: i for i, name in enumerate(names)}
        own = np.array([index[name] for name in later])
        residual = deals.y[n_fit:] - base[own] - signals.scaled(deals.x[n_fit:]) @ signals.coefficient
        residual = residual - _trend(residual, deals.year[n_fit:]) * deals.year[n_fit:]
        base, residual = _recentred(base, residual, own)
        width = _widths(residual, own, len(names))
        common = _bounds(residual / width[own])
        for i in range(len(names)):
            # too few deals for quantiles of its own: the shape of all, as wide as the segment's deals have spread
            is_few = count[i] < DEAL_INTERVAL_OWN
            lower[i], upper[i] = np.multiply(common, width[i]) if is_few else _bounds(residual[own == i])
        lower[-1], upper[-1] = _bounds(residual)
    level = np.where(count >= DEAL_INTERVAL_OWN, OWN, np.where(count > 0, PARTLY_POOLED, COMPANY))
    level[-1] = OWN
    interval = pd.DataFrame(
        {
            "segment_id": [*names, POOLED],
            "level": DEAL_INTERVAL_LEVEL,
            "base_per_arr": base,
            "lower_per_arr": lower,
            "upper_per_arr": upper,
            "n_calibration": count,
            "n_observed": [*[int((deals.segment == name).sum()) for name in names], deals.y.size],
            "n_events": count,
            "fallback_level": level if n_later >= DEAL_INTERVAL_LEAST else PRIOR,
        }
    )
    coefficient = pd.DataFrame(
        {
            "feature": FEATURES,
            "coefficient": signals.coefficient,
            "centre": signals.centre,
            "scale": signals.scale,
            "missing_value": signals.missing,
            "least_value": signals.least,
            "most_value": signals.most,
        }
    )
    version = model_version(seed)
    tables = {"deal_interval": interval, "deal_value_coefficient": coefficient}
    return {name: table.assign(model_version=version, as_of_date=as_of) for name, table in tables.items()}


def _trend(residual: Floats, year: Floats) -> float:
    """Change of the residuals per year, shrunk by what chance alone would show (positive-part James-Stein)."""
    cut = np.clip(residual, *np.quantile(residual, _CUT))
    gap = year - year.mean()
    spread = float(gap @ gap)
    if spread <= 0.0:
        return 0.0
    slope = float(gap @ cut) / spread
    rest = cut - cut.mean() - slope * gap
    noise = float(rest @ rest) / max(cut.size - 2, 1) / spread
    return slope * max(0.0, 1.0 - noise / slope**2) if slope != 0.0 else 0.0


def _recentred(base: Floats, residual: Floats, own: np.ndarray) -> tuple[Floats, Floats]:
    """Move each base by the mean residual of the later deals, a segment's own counting against 50 deals of all.

    The interval of a deal stays where it was; only the mean within it follows what later deals brought.
    """
    cut = np.clip(residual, *np.quantile(residual, _CUT))
    overall = float(cut.mean())
    size = np.bincount(own, minlength=base.size).astype(np.float64)
    total = np.bincount(own, weights=cut, minlength=base.size)
    shift = (total + _SHIFT_WEIGHT * overall) / (size + _SHIFT_WEIGHT)
    return base + shift, residual - shift[own]


def _widths(residual: Floats, own: np.ndarray, n_segments: int) -> Floats:
    """Mean size of a segment's residuals, that of all counting for ten deals, shape (segments,).

    Each is cut at the quantiles of all, so that one freak deal does not widen a small segment. All equal gives 1.
    """
    size = np.abs(np.clip(residual, *np.quantile(residual, _CUT)))
    if size.max() == 0.0:
        return np.ones(n_segments)
    number = np.bincount(own, minlength=n_segments).astype(np.float64)
    total = np.bincount(own, weights=size, minlength=n_segments)
    width: Floats = (total + _WIDTH_WEIGHT * float(size.mean())) / (number + _WIDTH_WEIGHT)
    return width


def score_deal_value(interval: pd.DataFrame, coefficient: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Expected first-year contribution per ARR of each row and the ends of its interval, as SQL computes them.

    Args:
        frame: segment_id (null or unknown takes the row of all deals) and the signals; a missing column counts as
            missing values.

    Returns:
        mean_per_arr, lower_per_arr, upper_per_arr with the index of `frame`.

    Raises:
        CheckFailed: a signal is infinite, or a feature has no coefficient.
    """
    by = coefficient.set_index("feature")
    absent = sorted(set(FEATURES) - set(by.index))
    if absent:
        raise CheckFailed(f"Table deal_value_coefficient has no row {absent[0]}.", "Build the table again.")
    rows = by.loc[list(FEATURES)]
    names = ("coefficient", "centre", "scale", "missing_value", "least_value", "most_value")
    signals = _Signals(*(rows[name].to_numpy(dtype=np.float64) for name in names))
    wide = frame.reindex(columns=list(FEATURES))
    x = np.column_stack([numbers(wide, TABLE, name, nullable=True) for name in FEATURES])
    ends = interval.set_index("segment_id")[["base_per_arr", "lower_per_arr", "upper_per_arr"]]
    segment = frame["segment_id"].where(frame["segment_id"].isin(ends.index), POOLED)
    found = ends.loc[segment].to_numpy(dtype=np.float64)
    mean = found[:, 0] + signals.scaled(x) @ signals.coefficient
    return pd.DataFrame(
        {"mean_per_arr": mean, "lower_per_arr": mean + found[:, 1], "upper_per_arr": mean + found[:, 2]},
        index=frame.index,
    )
