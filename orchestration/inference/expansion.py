"""Expansion: how often (hazard by segment and age band) and how much (added ARR as a share of ARR before).

Two hazards. Of any expansion: what a customer adds in the mean. Of the first one, among customers that have not
expanded yet: the chance of at least one, which the mean rate overstates where few customers expand often.
Expansions of one customer come in clusters, so counts are divided by a design effect taken from the customer
buckets before the fit (quasi-likelihood).

The value is the mean of a lognormal whose log mean is pooled over segments, its sampling variance a delete-a-bucket
jackknife. What the company's ratio of sums (which finance pays) says beyond it corrects all segments alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import (
    EXPANSION_BAND_STARTS,
    EXPANSION_BANDS,
    HORIZON_MONTHS,
    HYPER_SCALE,
    N_BUCKETS,
    N_DRAWS,
    POOLED,
    PRIOR_EXPANSION_LOGIT,
    PRIOR_INTERCEPT_SD,
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
from orchestration.inference.hierarchy import Design, Prior, expit, fit_hierarchy
from orchestration.inference.jackknife import jackknife_ratio, leave_one_out
from orchestration.inference.pooling import PoolPrior, bucket_estimates, pooled_draws
from orchestration.inference.streams import stream

TABLE = "suff_expansion"
_COUNTS = ("n_exposed_months", "n_events", "sum_amount_cents", "sum_base_arr_cents", "sumsq_log_ratio_micro")
COLUMNS = ("segment_id", "age_band", "bucket", *_COUNTS, "sum_log_ratio_micro")
# Without them the chance of at least one expansion comes from the rate of all expansions.
FIRST_COLUMNS = ("n_unexpanded_months", "n_first_events")
# A flag is raised where the lognormal mean and the raw mean differ by more than this share.
VALUE_GAP = 0.10
# Prior standard deviation of the log of raw over lognormal mean: a lognormal is mostly a fair description.
_GAP_SD = 0.15


@dataclass(frozen=True)
class ExpansionPosterior:
    """Draws of expansion rate and value.

    Attributes:
        segments: ids, the pool last.
        hazard: probability of an expansion per month by age month 1..60, shape (segments, 500, 60); NaN when
            nothing was ever exposed.
        value: mean added ARR per event per 1 of ARR before, shape (segments, 500); 0 when exposure but no
            event was seen anywhere, NaN when nothing was ever exposed.
        exposed, events: months and expansions by segment.
        raw_value: added ARR over ARR before of the observed events, NaN without events.
        first_hazard: probability of the first expansion per month among customers without one, shape alike.
        first_exposed, first_events: months without an earlier expansion, and first expansions, by segment.
        age_exposed, age_events: months and expansions by segment and age band, shape (segments, 4).
        lognormal_value: mean of the value before the ratio of sums corrects it, NaN where nothing was ever exposed.
    """

    segments: list[str]
    hazard: Floats
    value: Floats
    exposed: Floats
    events: Floats
    raw_value: Floats
    first_hazard: Floats
    first_exposed: Floats
    first_events: Floats
    age_exposed: Floats
    age_events: Floats
    lognormal_value: Floats


def _cubes(frame: pd.DataFrame, names: list[str]) -> dict[str, Floats]:
    """Sums by segment, age band and bucket, each of shape (segments with the pool, 4, 32)."""
    require_columns(frame, TABLE, COLUMNS)
    segment = segment_column(frame, TABLE)
    band = texts(frame, TABLE, "age_band", EXPANSION_BANDS)
    at = (
        np.array([names.index(s) for s in segment], dtype=np.int64),
        np.array([EXPANSION_BANDS.index(b) for b in band], dtype=np.int64),
        bucket_column(frame, TABLE),
    )
    columns = {c: numbers(frame, TABLE, c, minimum=0) for c in _COUNTS}
    columns["sum_log_ratio_micro"] = numbers(frame, TABLE, "sum_log_ratio_micro")
    refuse_rows(TABLE, "n_events", columns["n_events"] > columns["n_exposed_months"], "exceeds n_exposed_months")
    if set(FIRST_COLUMNS) <= set(frame.columns):
        columns |= {c: numbers(frame, TABLE, c, minimum=0) for c in FIRST_COLUMNS}
        more = columns["n_first_events"] > columns["n_unexpanded_months"]
        refuse_rows(TABLE, "n_first_events", more, "exceeds n_unexpanded_months")
    shape = (len(names), len(EXPANSION_BANDS), N_BUCKETS)
    return {name: pooled_sums(at, values, shape) for name, values in columns.items()}


def design_effect(exposed: Floats, events: Floats) -> float:
    """Variance of bucket totals over their binomial variance, at least 1.

    Args:
        exposed, events: by segment, band and bucket.
    """
    band_exposed = exposed.sum(axis=2, keepdims=True)
    rate = np.divide(
        events.sum(axis=2, keepdims=True),
        band_exposed,
        out=np.zeros_like(band_exposed),
        where=band_exposed > 0,
    )
    variance = (exposed * rate * (1.0 - rate)).sum(axis=1)
    gap = (events - exposed * rate).sum(axis=1)
    used = variance > 0
    freedom = used.sum() - (used.any(axis=1)).sum()
    if freedom < 10:
        return 1.0
    return max(1.0, float(np.sum(gap[used] ** 2 / variance[used]) / freedom))


def _band_design(n_segments: int, *, pooled: bool) -> tuple[Floats, Floats, np.ndarray, Prior]:
    n_bands = len(EXPANSION_BANDS)
    shared = np.tile(np.column_stack([np.ones(n_bands), np.eye(n_bands)]), (n_segments, 1))
    own = np.zeros((shared.shape[0], 0)) if pooled else shared.copy()
    own_group = [] if pooled else ["intercept", *["band"] * n_bands]
    mean = np.zeros(1 + n_bands)
    mean[0] = PRIOR_EXPANSION_LOGIT
    scale = {g: HYPER_SCALE[g] for g in ("pool_band", *dict.fromkeys(own_group))}
    sd = np.array([PRIOR_INTERCEPT_SD] + [1.0] * n_bands)
    prior = Prior(mean, sd, ["", *["pool_band"] * n_bands], own_group, scale)
    return shared, own, np.repeat(np.arange(n_segments), n_bands), prior


def _rate_draws(exposed: Floats, events: Floats, names: list[str], seed: int, *, integrate_pool: bool) -> Floats:
    """Monthly expansion probability by segment (pool last), draw and band, shape (segments, 500, 4).

    The same streams serve both hazards, so that a draw with many first expansions is one with many expansions.
    """
    effect = design_effect(exposed[:-1], events[:-1])
    n, k = exposed.sum(axis=2) / effect, events.sum(axis=2) / effect
    bands = np.column_stack([np.ones(len(EXPANSION_BANDS)), np.eye(len(EXPANSION_BANDS))])
    out = np.empty((len(names), N_DRAWS, len(EXPANSION_BANDS)))
    shared, own, segment, prior = _band_design(1, pooled=True)
    pool = fit_hierarchy(Design(n[-1], k[-1], shared, own, segment, 1), prior, integrate=integrate_pool)
    b, _ = pool.draw(stream(seed, "expansion_shared", POOLED), lambda _: stream(seed, "expansion", POOLED))
    out[-1] = expit(b @ bands.T)
    named = names[:-1]
    if named:
        shared, own, segment, prior = _band_design(len(named), pooled=False)
        fit = fit_hierarchy(Design(n[:-1].ravel(), k[:-1].ravel(), shared, own, segment, len(named)), prior)
        b, u = fit.draw(stream(seed, "expansion_shared", POOLED), lambda s: stream(seed, "expansion", named[s]))
        out[:-1] = expit((b + u) @ bands.T)
    return out


def _lognormal_draws(cubes: dict[str, Floats], names: list[str], seed: int) -> Floats:
    """Draws of the mean ratio exp(m + v / 2), shape (segments, 500); cubes by segment (pool last), band and bucket."""
    count = cubes["n_events"].sum(axis=1)
    total, square = (cubes[c].sum(axis=1) / 1e6 for c in ("sum_log_ratio_micro", "sumsq_log_ratio_micro"))
    n, s1, s2 = count.sum(axis=1), total.sum(axis=1), square.sum(axis=1)
    if n[-1] == 0:
        return np.zeros((len(names), N_DRAWS))
    centred = np.maximum(0.0, s2 - np.divide(s1**2, n, out=np.zeros_like(n), where=n > 0))
    within = float(centred[:-1].sum() / max(1.0, n[-1] - np.count_nonzero(n[:-1])))
    within = within if n[-1] > 5 else max(within, 0.25)
    parts = [leave_one_out(total[s][None], count[s][None]) for s in range(len(names))]
    estimates = bucket_estimates(
        np.array([part[0] for part in parts]),
        np.array([part[1] for part in parts]),
        (count > 0)[:, None, :],
        n[:, None],
        floor=0.01,
        unit_variance=max(within, 0.05),
    )
    prior = PoolPrior(float(s1[-1] / n[-1]), sd=1.0, step_sd=0.1, level_scale=0.3, band_scale=0.1)
    level = pooled_draws(estimates, names, prior, seed=seed, quantity="expansion_value")[:, :, 0]
    out = np.empty((len(names), N_DRAWS))
    for s, name in enumerate(names):
        chi = stream(seed, "expansion_spread", name).chisquare(10.0 + n[s], N_DRAWS)
        out[s] = np.exp(level[s] + 0.5 * np.minimum((10.0 * within + centred[s]) / chi, 4.0))
    return out


def _gap_draws(cubes: dict[str, Floats], value: Floats, seed: int) -> Floats:
    """Draws of what the company's ratio of sums says beyond the lognormal means `value`, shape (500,)."""
    top = cubes["sum_amount_cents"].sum(axis=1)[:-1].sum(axis=0)
    base = cubes["sum_base_arr_cents"].sum(axis=1)[:-1]
    bottom = (base * value[:-1, None]).sum(axis=0)
    noise = stream(seed, "expansion_gap", POOLED).standard_normal(N_DRAWS)
    if top.sum() <= 0 or bottom.sum() <= 0:
        return np.ones(N_DRAWS)
    ratio, covariance = jackknife_ratio(top[None], bottom[None])
    error = float(covariance[0, 0]) / float(ratio[0]) ** 2
    if not np.isfinite(error):
        return np.ones(N_DRAWS)
    keep = _GAP_SD**2 / (_GAP_SD**2 + error)
    draws: Floats = np.exp(keep * np.log(float(ratio[0])) + np.sqrt(keep * error) * noise)
    return draws


def fit_expansion(
    frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = (), integrate_pool: bool = True
) -> ExpansionPosterior:
    """Fit rate and value for every segment in `frame` and `segments`, and for the pool.

    Args:
        integrate_pool: as in `fit_hazard`.

    Raises:
        CheckFailed: a column absent, a count negative, infinite or null, more events than exposed months.
    """
    require_columns(frame, TABLE, COLUMNS)
    names = in_order([*segments, *segment_column(frame, TABLE)])
    cubes = _cubes(frame, names)
    exposed, events = cubes["n_exposed_months"], cubes["n_events"]
    base = cubes["sum_base_arr_cents"].sum(axis=(1, 2))
    amount = cubes["sum_amount_cents"].sum(axis=(1, 2))
    raw = np.divide(amount, base, out=np.full(base.shape, np.nan), where=base > 0)
    band = np.searchsorted(EXPANSION_BAND_STARTS, np.arange(1, HORIZON_MONTHS + 1), side="right") - 1
    if exposed.sum() == 0:
        hazard = np.full((len(names), N_DRAWS, HORIZON_MONTHS), np.nan)
        value = lognormal = np.full((len(names), N_DRAWS), np.nan)
    else:
        hazard = _rate_draws(exposed, events, names, seed, integrate_pool=integrate_pool)[:, :, band]
        lognormal = _lognormal_draws(cubes, names, seed)
        value = lognormal * _gap_draws(cubes, lognormal.mean(axis=1), seed)
    first, first_exposed, first_events = hazard, exposed, events
    if cubes.get("n_unexpanded_months", np.zeros(1)).sum() > 0:
        first_exposed, first_events = cubes["n_unexpanded_months"], cubes["n_first_events"]
        first = _rate_draws(first_exposed, first_events, names, seed, integrate_pool=integrate_pool)[:, :, band]
    return ExpansionPosterior(
        segments=names,
        hazard=hazard,
        value=value,
        exposed=exposed.sum(axis=(1, 2)),
        events=events.sum(axis=(1, 2)),
        raw_value=raw,
        first_hazard=first,
        first_exposed=first_exposed.sum(axis=(1, 2)),
        first_events=first_events.sum(axis=(1, 2)),
        age_exposed=exposed.sum(axis=2),
        age_events=events.sum(axis=2),
        lognormal_value=lognormal.mean(axis=1),
    )


def value_check(posterior: ExpansionPosterior) -> pd.DataFrame:
    """Lognormal mean beside the raw mean by segment; `is_flagged` where they differ by more than a tenth."""
    mean = posterior.lognormal_value
    gap = mean / posterior.raw_value - 1.0
    return pd.DataFrame(
        {
            "segment_id": posterior.segments,
            "lognormal_value": mean,
            "raw_value": posterior.raw_value,
            "n_events": posterior.events.astype(np.int64),
            "is_flagged": np.abs(gap) > VALUE_GAP,
        }
    )
