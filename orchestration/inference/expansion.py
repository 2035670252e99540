"""Expansion: how often (recurrent hazard by segment and age band) and how much (lognormal share of ARR).

Expansions of one customer come in clusters, so counts are divided by a design effect taken from the customer
buckets before the fit (quasi-likelihood); the value's sampling variance is a delete-a-bucket jackknife.
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
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hierarchy import Design, Prior, expit, fit_hierarchy
from orchestration.inference.jackknife import between_variance, jackknife_ratio
from orchestration.inference.streams import stream

TABLE = "suff_expansion"
_COUNTS = ("n_exposed_months", "n_events", "sum_amount_cents", "sum_base_arr_cents", "sumsq_log_ratio_micro")
COLUMNS = ("segment_id", "age_band", "bucket", *_COUNTS, "sum_log_ratio_micro")
# A flag is raised where the lognormal mean and the raw mean differ by more than this share.
VALUE_GAP = 0.10


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
    """

    segments: list[str]
    hazard: Floats
    value: Floats
    exposed: Floats
    events: Floats
    raw_value: Floats


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
    cubes = {}
    for name, values in columns.items():
        cube = np.zeros((len(names), len(EXPANSION_BANDS), N_BUCKETS))
        np.add.at(cube, at, values)
        cube[-1] = cube[:-1].sum(axis=0)
        cubes[name] = cube
    return cubes


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


def _rate_draws(exposed: Floats, events: Floats, names: list[str], seed: int) -> Floats:
    """Monthly expansion probability by segment (pool last), draw and band, shape (segments, 500, 4)."""
    effect = design_effect(exposed[:-1], events[:-1])
    n, k = exposed.sum(axis=2) / effect, events.sum(axis=2) / effect
    bands = np.column_stack([np.ones(len(EXPANSION_BANDS)), np.eye(len(EXPANSION_BANDS))])
    out = np.empty((len(names), N_DRAWS, len(EXPANSION_BANDS)))
    shared, own, segment, prior = _band_design(1, pooled=True)
    pool = fit_hierarchy(Design(n[-1], k[-1], shared, own, segment, 1), prior)
    b, _ = pool.draw(stream(seed, "expansion_shared", POOLED), lambda _: stream(seed, "expansion", POOLED))
    out[-1] = expit(b @ bands.T)
    named = names[:-1]
    if named:
        shared, own, segment, prior = _band_design(len(named), pooled=False)
        fit = fit_hierarchy(Design(n[:-1].ravel(), k[:-1].ravel(), shared, own, segment, len(named)), prior)
        b, u = fit.draw(stream(seed, "expansion_shared", POOLED), lambda s: stream(seed, "expansion", named[s]))
        out[:-1] = expit((b + u) @ bands.T)
    return out


def _value_draws(count: Floats, total: Floats, square: Floats, names: list[str], seed: int) -> Floats:
    """Draws of the mean ratio exp(m + v / 2), m and v shrunk to the pool; arguments by segment (pool last)
    and bucket.
    """
    n, s1, s2 = count.sum(axis=1), total.sum(axis=1), square.sum(axis=1)
    if n[-1] == 0:
        return np.zeros((len(names), N_DRAWS))
    pool_mean = s1[-1] / n[-1]
    centred = np.maximum(0.0, s2 - np.divide(s1**2, n, out=np.zeros_like(n), where=n > 0))
    within = float(centred[:-1].sum() / max(1.0, n[-1] - np.count_nonzero(n[:-1])))
    within = within if n[-1] > 5 else max(within, 0.25)
    mean, variance = np.full(len(names), pool_mean), np.full(len(names), np.inf)
    for s in range(len(names)):
        if n[s] > 0:
            mean[s] = s1[s] / n[s]
            # Never below the variance that independence would give: few buckets can agree by chance.
            spread = float(jackknife_ratio(total[s][None], count[s][None])[1][0, 0])
            # Events of a single bucket may all be one customer's: they then say no more than one event.
            variance[s] = max(spread, within / n[s]) if np.isfinite(spread) else within
    own = n[:-1] > 0
    between = between_variance(mean[:-1][own], variance[:-1][own], floor=0.05**2)
    weight = 1.0 / (variance[:-1][own] + between)
    centre = float(np.sum(weight * mean[:-1][own]) / np.sum(weight))
    out = np.empty((len(names), N_DRAWS))
    for s, name in enumerate(names):
        rng = stream(seed, "expansion_value", name)
        z, chi = rng.standard_normal(N_DRAWS), rng.chisquare(10.0 + n[s], N_DRAWS)
        v = (10.0 * within + centred[s]) / chi
        if name == POOLED:
            m, sd = mean[s], np.sqrt(variance[s])
        else:
            keep = between / (between + variance[s]) if n[s] > 0 else 0.0
            m, sd = centre + keep * (mean[s] - centre), np.sqrt(between * (1.0 - keep))
        out[s] = np.exp(m + sd * z + 0.5 * v)
    return out


def fit_expansion(frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> ExpansionPosterior:
    """Fit rate and value for every segment in `frame` and `segments`, and for the pool.

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
    if exposed.sum() == 0:
        hazard, value = (
            np.full((len(names), N_DRAWS, HORIZON_MONTHS), np.nan),
            np.full((len(names), N_DRAWS), np.nan),
        )
    else:
        band = np.searchsorted(EXPANSION_BAND_STARTS, np.arange(1, HORIZON_MONTHS + 1), side="right") - 1
        hazard = _rate_draws(exposed, events, names, seed)[:, :, band]
        log_ratio, square = (cubes[c].sum(axis=1) / 1e6 for c in ("sum_log_ratio_micro", "sumsq_log_ratio_micro"))
        value = _value_draws(events.sum(axis=1), log_ratio, square, names, seed)
    return ExpansionPosterior(names, hazard, value, exposed.sum(axis=(1, 2)), events.sum(axis=(1, 2)), raw)


def value_check(posterior: ExpansionPosterior) -> pd.DataFrame:
    """Lognormal mean beside the raw mean by segment; `is_flagged` where they differ by more than a tenth."""
    mean = posterior.value.mean(axis=1)
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
