"""How well differences in churn between segments hold in deals that the search for segments has not seen.

Five times a fifth of the deals is held out, a tree is grown anew on the rest, and the held-out churn is regressed on
the leaf means of the rest. The leaf means are pooled first as the hazard pools them, so the slope tells of the search
alone. Luck falls with the number of deals: what is measured on fewer deals is scaled to all of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.inference.frames import Floats
from orchestration.inference.segment_data import Deals, usable, usual_values
from orchestration.inference.segments import MAX_LEAVES, holds_all, make_grower

FOLDS = 5
# more deals tell no more about luck, which is scaled to their number
MOST_DEALS = 1_500
_TREES = 30
# below this many leavers, or as many stayers, a slope of held-out churn is noise
_LEAST_EVENTS = 20
# what is believed before any deal: over simulated companies with 800 deals the slope was 0.76, 0.82 and 0.87, by kind
_PRIOR_SLOPE, _PRIOR_SD = 0.8, 0.15
_OUTCOME = "churned_12m"


@dataclass(frozen=True)
class Shrinkage:
    """Share of differences in churn that deals outside the search confirm, 0 to 1, and its standard error.

    Attributes:
        months: customer-months of the first year of the deals behind the segments.
    """

    share: float
    error: float
    months: float


def churn_shrinkage(rows: pd.DataFrame, seed: int) -> Shrinkage:
    """Learn it from the usable deals behind a version.

    Nothing is shrunk where churn is unknown. Where the folds grow no tree, or few customers leave, the prior stands.
    """
    churned = rows[_OUTCOME].to_numpy(dtype=np.float64)
    if not len(rows) or np.isnan(churned).any():
        return Shrinkage(1.0, 0.0, 0.0)
    # who leaves does so half way through the year on average
    months = float(np.sum(12.0 - 6.0 * churned))
    part = _by_hash(rows)
    slope, error = _slope(part, seed)
    # luck falls with the number of deals, and a fold has seen four fifths of the part
    scale = (FOLDS - 1) / FOLDS * len(part) / len(rows)
    share = float(np.clip(1.0 - (1.0 - slope) * scale, 0.0, 1.0))
    return Shrinkage(round(share, 6), round(error * scale, 6), months)


def _by_hash(rows: pd.DataFrame) -> pd.DataFrame:
    """At most `MOST_DEALS` deals in the order of a hash of the id, which folds are dealt out by."""
    key = [hashlib.sha256(f"fold {i}".encode()).digest()[:8] for i in rows["opportunity_id"]]
    order = sorted(range(len(rows)), key=key.__getitem__)[:MOST_DEALS]
    return rows.iloc[order].reset_index(drop=True)


def _slope(rows: pd.DataFrame, seed: int) -> tuple[float, float]:
    """Slope of held-out churn on the leaf means of the other folds, drawn towards the prior; its standard error."""
    churned = rows[_OUTCOME].to_numpy(dtype=np.float64)
    weight = rows["weight"].to_numpy(dtype=np.float64)
    if min(churned.sum(), (1.0 - churned).sum()) < _LEAST_EVENTS:
        return _PRIOR_SLOPE, _PRIOR_SD
    fold = np.arange(len(rows)) % FOLDS
    told, gap = np.zeros(len(rows)), np.zeros(len(rows))
    for number in range(FOLDS):
        held = np.flatnonzero(fold == number)
        told[held], mean = _told(rows[fold != number], rows.iloc[held], seed)
        gap[held] = churned[held] - mean
    square = float(np.sum(weight * told**2))
    if square <= 0.0:
        return _PRIOR_SLOPE, _PRIOR_SD
    slope = float(np.sum(weight * told * gap)) / square
    error = float(np.sqrt(np.sum((weight * told * (gap - slope * told)) ** 2))) / square
    precision = 1.0 / error**2 if error > 0 else 0.0
    total = precision + 1.0 / _PRIOR_SD**2
    return (precision * slope + _PRIOR_SLOPE / _PRIOR_SD**2) / total, float(np.sqrt(1.0 / total))


def _told(learned_on: pd.DataFrame, held: pd.DataFrame, seed: int) -> tuple[Floats, float]:
    """What a tree of other deals says of the held-out ones: churn above the mean, and that mean."""
    rows, y = usable(Deals(learned_on.sort_values("opportunity_id", kind="stable", ignore_index=True)))
    usual = usual_values(rows)
    grower = make_grower(rows, y, seed, usual, trees=_TREES)
    leaves = grower.best_tree(MAX_LEAVES) if grower else []
    churned = rows[_OUTCOME].to_numpy(dtype=np.float64)
    weight = rows["weight"].to_numpy(dtype=np.float64)
    mean = float(np.average(churned, weights=weight))
    inside = [np.flatnonzero(holds_all(rows, leaf.clauses, usual)) for leaf in leaves]
    above = pooled_means(churned, weight, inside) - mean
    told = np.zeros(len(held))
    for leaf, value in zip(leaves, above, strict=True):
        told[holds_all(held, leaf.clauses, usual)] = value
    return told, mean


def pooled_means(values: Floats, weight: Floats, groups: Sequence[npt.NDArray[np.int64]]) -> Floats:
    """Means of groups, each drawn to the whole mean by the variance between groups (method of moments)."""
    full = [rows for rows in groups if len(rows)]
    mean = float(np.average(values, weights=weight))
    n = np.array([weight[rows].sum() for rows in groups])
    own = np.array([np.average(values[rows], weights=weight[rows]) if len(rows) else mean for rows in groups])
    total = float(n.sum())
    if len(full) < 2 or total <= len(full):
        return np.full(len(groups), mean)
    within = sum(float((weight[rows] * (values[rows] - own[i]) ** 2).sum()) for i, rows in enumerate(groups))
    noise = within / (total - len(full))
    between = float((n * (own - mean) ** 2).sum()) - (len(full) - 1) * noise
    between = max(0.0, between / (total - float((n**2).sum()) / total))
    kept = np.divide(between * n, between * n + noise, out=np.zeros(len(groups)), where=between * n + noise > 0)
    return np.asarray(mean + (own - mean) * kept, dtype=np.float64)
