"""How much of the difference between segments is the luck of the deals that they were found on.

A tree looks for the splits behind which outcomes differ most; part of what it finds is luck, and the very deals that
were lucky fill the segments afterwards. A pool over segments knows nothing of that search. The share of a difference
that deals outside the search confirm (calibration slope; van Houwelingen and le Cessie 1990) is learned by cross
validation (`segment_optimism`); here it draws the segments' deviations together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.frames import Bools, Floats, numbers, require_columns

TABLE = "segment_rule"
COLUMNS = ("churn_shrinkage", "churn_shrinkage_se", "n_first_year_months")
FIRST_YEAR = 12


@dataclass(frozen=True)
class Optimism:
    """What cross validation says about the churn of the segments in force.

    Attributes:
        segments: ids that the search found; those of customers without a deal are none of them.
        shrinkage: share of a difference in twelve-month churn that other deals confirm, 0 to 1.
        error: its standard error.
        months: customer-months of the first year that the search has seen.
    """

    segments: tuple[str, ...]
    shrinkage: float
    error: float
    months: float


def optimism_of(rules: pd.DataFrame) -> Optimism:
    """Read it from segment_rule.

    Raises:
        CheckFailed: a column is absent or a value is no number or below 0.
    """
    require_columns(rules, TABLE, ("segment_id", *COLUMNS))
    share, error, months = (float(numbers(rules, TABLE, name, minimum=0)[0]) for name in COLUMNS)
    return Optimism(tuple(sorted(set(rules["segment_id"]))), min(1.0, share), error, months)


def kept_share(optimism: Optimism, months: float, noise: Floats) -> Floats:
    """Draws of the share of the segments' deviations that is kept, 0 to 1.

    Customers that the search has not seen carry no luck of it, so the luck counts by the share of the first year's
    customer-months that was searched.

    Args:
        months: customer-months of the first year in the segments, searched or not.
        noise: standard normal draws.
    """
    searched = min(1.0, optimism.months / months) if months > 0 else 0.0
    shrinkage = optimism.shrinkage + optimism.error * noise
    return np.asarray(np.clip(1.0 - searched * (1.0 - shrinkage), 0.0, 1.0), dtype=np.float64)


def drawn_together(own: Floats, centre: Floats, weight: Floats, kept: Floats) -> Floats:
    """Move each segment's deviations towards their mean, keeping the width of the draws.

    Args:
        own: draws, shape (segments, draws, effects). centre: their centres, shape (segments, effects).
        weight: evidence of each segment, 0 for those that stay as they are, shape (segments,).
        kept: share kept of the distance to the mean, shape (draws,).
    """
    if weight.sum() <= 0:
        return own
    mean = weight @ centre / weight.sum()
    moves: Bools = weight > 0
    step = (centre - mean) * moves[:, None]
    return np.asarray(own - (1.0 - kept)[None, :, None] * step[:, None, :], dtype=np.float64)


def evidence_of(cells: pd.DataFrame, names: Sequence[str], chosen: Sequence[str]) -> tuple[Floats, float]:
    """Churns of each found segment (a half where it has none; 0 for others), and their first year's months."""
    inside = cells["segment_id"].isin(list(chosen))
    churns = cells.groupby("segment_id")["n_churn"].sum().reindex(list(names), fill_value=0.0)
    weight = np.where(np.isin(list(names), list(chosen)), np.maximum(churns.to_numpy(dtype=float), 0.5), 0.0)
    months = float(cells.loc[inside & (cells["age_month"] <= FIRST_YEAR), "n_at_risk"].sum())
    return np.asarray(weight, dtype=np.float64), months
