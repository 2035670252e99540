"""Time to close: weekly chances of being won, of being lost and of advancing a stage, chained forward.

    logit h_c = a_c + stage_c + age_c + (stage, age)_c + pace_c + (pace, is late)_c
                + u_c,segment'(1, is late, log age)

for each cause c, h being the chance within one week for a deal that is open at its start; pace is how long the seller
first planned the deal to take. Stage, age, cell and pace effects have variances of their own, segments are partly
pooled (`hierarchy`). A deal's stage band and its weeks in the stage are a Markov chain: it is decided, moves to the
next band at age 0, or grows a week older. Deals that stall keep the hazard of the oldest age, so a share of them is
never decided within the horizon.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from orchestration.inference.evidence import fallback_level
from orchestration.inference.frames import (
    Floats,
    bucket_column,
    in_order,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
)
from orchestration.inference.hierarchy import Design, Posterior, Prior, expit, fit_hierarchy

TABLE = "suff_pipeline_weekly"
COLUMNS = (
    "segment_id",
    "stage_band",
    "stage_age_week",
    "pace_band",
    "bucket",
    "n_at_risk",
    "n_won",
    "n_lost",
    "n_advanced",
)
# 0 is an unknown stage; 1 to 5 are fifths of the way through the open stages
N_STAGE_BANDS: Final = 6
# 0 is an unknown plan; 1 to 4 are plans of up to 6, 13, 26 and more weeks
N_PACE_BANDS: Final = 5
# the last week in the stage stands for all later ones
LAST_AGE_WEEK: Final = 26
HORIZON_WEEKS: Final = 104
WEEKS_AHEAD: Final = (*range(1, 9), 10, 12, 13, 16, 20, 26, 34, 43, 52, 65, 78, HORIZON_WEEKS)
_CAUSES: Final = ("n_won", "n_lost", "n_advanced")
_AGE_BAND_STARTS: Final = (0, 1, 2, 3, 5, 9, 14, 26)
_LATE_BAND: Final = 4
_STATE: Final = {"pace_band": N_PACE_BANDS - 1, "stage_band": N_STAGE_BANDS - 1, "stage_age_week": LAST_AGE_WEEK}
_LEAST_DECIDED: Final = 20
# Before any data of the company is seen: 3 % a week for each cause (95 %: 0.2 % to 37 %).
_PRIOR_LOGIT, _PRIOR_SD = -3.5, 1.5
_SCALE = {"stage": 1.0, "age": 0.5, "cell": 0.3, "pace": 0.3, "segment": 0.3, "segment_stage": 0.2, "segment_age": 0.2}


@dataclass(frozen=True)
class PipelineFit:
    """Weekly chances by cause and what stands behind them.

    Attributes:
        segments: ids in order, the pool last.
        hazard: shape (causes won, lost, advanced; segments; N_PACE_BANDS; N_STAGE_BANDS; LAST_AGE_WEEK + 1); the
            three causes of a state sum to at most 1.
        n_observed, n_events: weeks at risk and decisions by segment, shape (segments,); the pool has all of them.
    """

    segments: tuple[str, ...]
    hazard: Floats
    n_observed: Floats
    n_events: Floats


def _age_band(age: Floats) -> np.ndarray:
    return np.searchsorted(np.array(_AGE_BAND_STARTS), age, side="right") - 1


def _shared_row(pace: np.ndarray, band: np.ndarray, age: np.ndarray) -> Floats:
    """Shared design: intercept, stage bands, age bands, their cells, paces, paces by late stage; (rows, 73)."""
    ages = _age_band(age.astype(np.float64))
    stage = np.eye(N_STAGE_BANDS)[band]
    old = np.eye(len(_AGE_BAND_STARTS))[ages]
    cell = np.eye(N_STAGE_BANDS * len(_AGE_BAND_STARTS))[band * len(_AGE_BAND_STARTS) + ages]
    plan = np.eye(N_PACE_BANDS)[pace]
    late = (band >= _LATE_BAND).astype(np.float64) - 0.5
    return np.column_stack([np.ones(len(band)), stage, old, cell, plan, plan * late[:, None]])


def _own_row(band: np.ndarray, age: np.ndarray) -> Floats:
    """Segment design: intercept, late stage, log of weeks in the stage around four; shape (rows, 3)."""
    late = (band >= _LATE_BAND).astype(np.float64) - 0.5
    return np.column_stack([np.ones(len(band)), late, np.log1p(age.astype(np.float64)) - np.log(5.0)])


def _prior() -> Prior:
    n_age, n_cell = len(_AGE_BAND_STARTS), N_STAGE_BANDS * len(_AGE_BAND_STARTS)
    groups = ["", *["stage"] * N_STAGE_BANDS, *["age"] * n_age, *["cell"] * n_cell, *["pace"] * 2 * N_PACE_BANDS]
    mean = np.zeros(len(groups))
    mean[0] = _PRIOR_LOGIT
    return Prior(
        mean, np.full(len(groups), _PRIOR_SD), groups, ["segment", "segment_stage", "segment_age"], dict(_SCALE)
    )


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Counts by segment, stage band and week in the stage, in a fixed order."""
    require_columns(frame, TABLE, COLUMNS)
    bucket_column(frame, TABLE)
    table = pd.DataFrame({"segment_id": segment_column(frame, TABLE)})
    for column, highest in _STATE.items():
        values = numbers(frame, TABLE, column, minimum=0)
        refuse_rows(TABLE, column, (values > highest) | (values != np.floor(values)), f"is not in 0 to {highest}")
        table[column] = values.astype(np.int64)
    for column in ("n_at_risk", *_CAUSES):
        table[column] = numbers(frame, TABLE, column, minimum=0)
    over = (table[list(_CAUSES)].sum(axis=1) > table["n_at_risk"]).to_numpy(dtype=bool)
    refuse_rows(TABLE, "n_at_risk", over, "is below n_won + n_lost + n_advanced")
    return table.groupby(["segment_id", *_STATE], as_index=False, sort=True).sum()


def _state_hazard(fit: Posterior, n_segments: int) -> Floats:
    """Chance within a week for every state, shape (segments, paces, bands, ages), the pool (no deviation) last."""
    shape = (N_PACE_BANDS, N_STAGE_BANDS, LAST_AGE_WEEK + 1)
    pace, band, age = (part.ravel() for part in np.indices(shape))
    shared = _shared_row(pace, band, age) @ fit.shared
    own = fit.own @ _own_row(band, age).T
    return expit(np.vstack([shared + own, shared[None, :]])).reshape(n_segments + 1, *shape)


def fit_pipeline(pipeline: pd.DataFrame, *, segments: Iterable[str] = ()) -> PipelineFit:
    """Fit the three weekly chances.

    Args:
        pipeline: suff_pipeline_weekly; may be empty.
        segments: ids that must appear even without data.

    Raises:
        CheckFailed: an input breaks its contract (table, column and row named).
    """
    table = _checked(pipeline)
    names = in_order([*segments, *table["segment_id"]])
    place = {name: i for i, name in enumerate(names[:-1])}
    home = table["segment_id"].map(place).to_numpy(dtype=np.int64)
    pace, band, age = (table[column].to_numpy() for column in _STATE)
    at_risk = table["n_at_risk"].to_numpy(dtype=np.float64)
    causes = []
    for cause in _CAUSES:
        # no band comes after the last, and from an unknown stage no move can be told
        told = (band > 0) & (band < N_STAGE_BANDS - 1) if cause == "n_advanced" else np.ones(len(table), dtype=bool)
        design = Design(
            at_risk[told],
            table[cause].to_numpy(dtype=np.float64)[told],
            _shared_row(pace[told], band[told], age[told]),
            _own_row(band[told], age[told]),
            home[told],
            len(place),
        )
        causes.append(_state_hazard(fit_hierarchy(design, _prior()), len(place)))
    hazard = np.stack(causes)
    hazard[2, :, :, 0] = 0.0
    hazard[2, :, :, -1] = 0.0
    hazard = hazard / np.maximum(hazard.sum(axis=0), 1.0)
    decided = (table["n_won"] + table["n_lost"]).to_numpy(dtype=np.float64)
    observed = np.bincount(home, at_risk, len(place)) if len(place) else np.zeros(0)
    events = np.bincount(home, decided, len(place)) if len(place) else np.zeros(0)
    return PipelineFit(tuple(names), hazard, np.append(observed, at_risk.sum()), np.append(events, decided.sum()))


def chain(fit: PipelineFit) -> tuple[Floats, Floats]:
    """Chance of being won and of being lost within k weeks from each state.

    Returns:
        Two arrays of shape (HORIZON_WEEKS + 1, segments, N_PACE_BANDS, N_STAGE_BANDS, LAST_AGE_WEEK + 1); index 0
        is zero.
    """
    won, lost, advanced = fit.hazard
    stays = 1.0 - won - lost - advanced
    out = np.zeros((2, HORIZON_WEEKS + 1, *won.shape))
    for cause, now in enumerate((won, lost)):
        for week in range(1, HORIZON_WEEKS + 1):
            before = out[cause, week - 1]
            older = np.concatenate([before[..., 1:], before[..., -1:]], axis=-1)
            ahead = np.concatenate([before[..., 1:, :1], before[..., -1:, :1]], axis=-2)
            out[cause, week] = now + advanced * ahead + stays * older
    return out[0], out[1]


def close_table(fit: PipelineFit) -> pd.DataFrame:
    """time_to_close: one row per segment, pace band, stage band, week in the stage and weeks ahead.

    Columns: segment_id, pace_band, stage_band, stage_age_week, weeks_ahead, won_share and lost_share (chance of
    being won, of being lost, within so many weeks), n_observed (weeks at risk), n_events (decisions),
    fallback_level.
    """
    won, lost = chain(fit)
    grid = np.array(WEEKS_AHEAD)
    shape = (len(fit.segments), N_PACE_BANDS, N_STAGE_BANDS, LAST_AGE_WEEK + 1, grid.size)
    segment, pace, band, age, ahead = (part.ravel() for part in np.indices(shape))
    levels = np.array(
        [
            # a handful of decisions is no pace of the company
            fallback_level(n, k, fit.n_observed[-1] if fit.n_events[-1] >= _LEAST_DECIDED else 0.0)
            for n, k in zip(fit.n_observed, fit.n_events, strict=True)
        ],
        dtype=object,
    )
    return pd.DataFrame(
        {
            "segment_id": np.array(fit.segments, dtype=object)[segment],
            "pace_band": pace,
            "stage_band": band,
            "stage_age_week": age,
            "weeks_ahead": grid[ahead],
            "won_share": np.moveaxis(won[grid], 0, -1).ravel(),
            "lost_share": np.moveaxis(lost[grid], 0, -1).ravel(),
            "n_observed": fit.n_observed[segment].astype(np.int64),
            "n_events": fit.n_events[segment].astype(np.int64),
            "fallback_level": levels[segment],
        }
    )
