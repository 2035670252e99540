"""How the leaving of ARR differs from the leaving of customers, by segment and age.

Survival counts customers, money weighs them by ARR. Where large customers stay longer (or shorter) than small ones
of the same segment, customers' survival times a margin per ARR is neither. For each segment and age band

    r = ARR of those who left / (how many left in each month x mean ARR at risk in that month),

which is 1 where size and leaving have nothing to do with each other. log r is pooled over segments (see `pooling`);
monthly survival of ARR is then survival of customers to the power r.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import HORIZON_MONTHS, N_BUCKETS, TERM_TYPES
from orchestration.inference.frames import (
    Floats,
    bucket_column,
    in_order,
    numbers,
    pooled_sums,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hazard import COLUMNS, TABLE
from orchestration.inference.pooling import PoolPrior, bucket_estimates, pooled_draws
from orchestration.inference.survival import stay_rates

_BAND_STARTS = (1, 13, 25)
_BAND = np.searchsorted(_BAND_STARTS, np.arange(1, HORIZON_MONTHS + 1), side="right") - 1
_PRIOR = PoolPrior(mean=0.0, sd=0.25, step_sd=0.15, level_scale=0.2, band_scale=0.1)
_SUMS = ("n_at_risk", "n_churn", "arr_at_risk_cents", "arr_churned_cents")


@dataclass(frozen=True)
class ArrWeight:
    """Draws of r by age month 1..60, each of shape (segments, 500, 60), the pool last.

    Attributes:
        across_terms: against all customers of the segment. within_term: against customers of the same term type.
    """

    segments: list[str]
    across_terms: Floats
    within_term: Floats

    def survival(self, segment_id: str, survival: Floats, *, across_terms: bool) -> Floats:
        """Survival of ARR from draws of survival of customers at the end of age month 1..60; (500, 60) each."""
        power = (self.across_terms if across_terms else self.within_term)[self.segments.index(segment_id)]
        weighted: Floats = np.cumprod(stay_rates(survival, gone=0.0) ** power, axis=1)
        return weighted


def _cubes(frame: pd.DataFrame, names: list[str]) -> dict[str, Floats]:
    """Sums by segment (pool last), term type, age month 1..60 and bucket."""
    age = numbers(frame, TABLE, "age_month", minimum=1).astype(np.int64)
    within = age <= HORIZON_MONTHS
    segment = np.array([names.index(s) for s in segment_column(frame, TABLE)], dtype=np.int64)
    term = np.array([TERM_TYPES.index(t) for t in texts(frame, TABLE, "term_type", TERM_TYPES)], dtype=np.int64)
    at = tuple(part[within] for part in (segment, term, age - 1, bucket_column(frame, TABLE)))
    shape = (len(names), len(TERM_TYPES), HORIZON_MONTHS, N_BUCKETS)
    return {name: pooled_sums(at, numbers(frame, TABLE, name, minimum=0)[within], shape) for name in _SUMS}


def _by_band(values: Floats) -> Floats:
    """Sum over term and age, shape (segments, term, 60, ...) to (segments, bands, ...)."""
    return np.stack([values[:, :, band == _BAND].sum(axis=(1, 2)) for band in range(len(_BAND_STARTS))], axis=1)


def _log_ratio(cubes: dict[str, Floats], drop: Floats) -> Floats:
    """log r by segment and band; `drop` is what is left out of each sum, by name order of _SUMS."""
    at_risk, churn, arr, lost = (cubes[name].sum(axis=3)[..., None] - drop[i] for i, name in enumerate(_SUMS))
    mean = np.divide(arr, at_risk, out=np.zeros_like(arr), where=at_risk > 0)
    top, bottom = _by_band(lost), _by_band(churn * mean)
    known = (top > 0) & (bottom > 0)
    ratio = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=known)
    return np.asarray(np.log(ratio), dtype=np.float64)


def fit_arr_weight(frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> ArrWeight:
    """Fit r for every segment in `frame` (suff_hazard_monthly) and `segments`, and for the pool.

    Raises:
        CheckFailed: a column absent, an amount negative, infinite or null.
    """
    require_columns(frame, TABLE, COLUMNS)
    names = in_order([*segments, *segment_column(frame, TABLE)])
    by_term = _cubes(frame, names)
    draws = []
    for cubes in ({name: cube.sum(axis=1, keepdims=True) for name, cube in by_term.items()}, by_term):
        mean = _log_ratio(cubes, np.zeros((len(_SUMS), 1)))[..., 0]
        without = _log_ratio(cubes, np.array([cubes[name] for name in _SUMS]))
        churned = _by_band(cubes["n_churn"])
        used = (churned > 0) & np.isfinite(without)
        # a bucket without which nobody has left tells nothing of the spread
        without = np.where(used, without, mean[..., None])
        estimates = bucket_estimates(mean, without, used, churned.sum(axis=2), floor=0.01, unit_variance=2.0)
        draws.append(pooled_draws(estimates, names, _PRIOR, seed=seed, quantity="arr_weight"))
    return ArrWeight(names, *(np.exp(np.clip(part, -2.0, 2.0))[:, :, _BAND] for part in draws))
