"""Segments: a small regression tree on what is known before a deal closes, written as rules a person can
    read.

The tree is cut where it explains the variance of lifecycle ROI: each target is measured in the ROI that one
unit of it moves, so its weight is its share in ROI variance (the least 5 %). Thresholds are the roundest
numbers that split the deals as the tree does, compared in double precision; SQL and `assign_segments` are
    the definition, not the tree.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import model_version
from orchestration.inference.frames import Bools, Floats, numbers
from orchestration.inference.segment_data import (
    CATEGORIES,
    FEATURES,
    MIN_DEALS,
    TARGETS,
    read_deals,
    signal_columns,
    thinned,
    usable,
    usual_values,
)
from orchestration.inference.segment_tree import Clause, Grower, Leaf
from orchestration.inference.streams import stream

__all__ = [
    "FEATURES",
    "MAX_LEAVES",
    "MIN_DEALS",
    "TARGETS",
    "Fit",
    "assign_segments",
    "fit_leaves",
    "fit_segment_rules",
]

MAX_LEAVES = 8
_ALWAYS_ABOVE = -1e12
# smaller leaves chase the luck of few churns, larger ones hide kinds of customers
_LEAF_SHARE, _LEAF_LEAST, _LEAF_MOST = 0.07, 30, 150
# weight of what other deals with such signals became, against what this one became
_SMOOTHING = 0.7
_TREES = 50
_DEALS_PER_TREE = 2000
_RULE_COLUMNS = ("rule_order", "segment_id", "clause_order", "feature", "operator", "threshold", "categories")


@dataclass(frozen=True)
class Fit:
    """Segments of one moment.

    Attributes:
        leaves: the tree's leaves; none where there is one segment.
        usual: value that stands in for an unknown signal, by signal.
    """

    leaves: tuple[Leaf, ...]
    usual: Mapping[str, float]


def _smoothed(rows: pd.DataFrame, x: Floats, y: Floats, weight: Floats, seed: int, trees: int) -> Floats:
    """Targets drawn towards what other deals with such signals became (out-of-bag means of a forest)."""
    from sklearn.ensemble import RandomForestRegressor

    n = len(rows)
    forest = RandomForestRegressor(
        n_estimators=trees,
        min_samples_leaf=8,
        max_features=0.5,
        bootstrap=True,
        oob_score=True,
        max_samples=min(1.0, _DEALS_PER_TREE / n),
        random_state=int(stream(seed, "segment_tree", "all").integers(2**31)),
    )
    forest.fit(x, y if y.shape[1] > 1 else y.ravel(), sample_weight=weight)
    other = np.asarray(forest.oob_prediction_, dtype=np.float64).reshape(n, -1)
    smooth: Floats = np.round(_SMOOTHING * other + (1.0 - _SMOOTHING) * y, 9)
    return smooth


def make_grower(
    rows: pd.DataFrame,
    y: Floats,
    seed: int,
    usual: Mapping[str, float],
    like: Grower | None = None,
    trees: int = _TREES,
) -> Grower | None:
    """What grows trees over these deals; None with too few deals or no signal that varies.

    Args:
        usual: value that stands in for an unknown signal, by signal.
        like: a grower over the same deals, whose smoothed targets are taken over.
        trees: of the forest that smooths the targets.
    """
    if len(rows) < MIN_DEALS or not y.shape[1]:
        return None
    columns = signal_columns(rows, y, usual)
    if not columns:
        return None
    weight = rows["weight"].to_numpy(dtype=np.float64)
    weight = weight / weight.mean()
    smallest = int(np.clip(round(_LEAF_SHARE * len(rows)), _LEAF_LEAST, _LEAF_MOST))
    if like is not None:
        return Grower(columns, like.learned, y, weight, smallest)
    x = np.stack([c.values for c in columns], axis=1)
    return Grower(columns, _smoothed(rows, x, y, weight, seed, trees), y, weight, smallest)


def fit_segment_rules(sample: pd.DataFrame, *, as_of: date, seed: int) -> pd.DataFrame:
    """Find at most eight segments of deals.

    Args:
        sample: sample_mature_deal, in any row order; signals and targets added later may be absent.

    Returns:
        segment_rule: one row per segment and clause. Segments partition the space and are numbered by the
        contribution of their deals, best first (by fewest churns where contribution is unknown). With fewer
        than 120 usable deals, or no split worth making, one segment S1 that always matches.

    Raises:
        CheckFailed: a column absent, a value infinite or no number, a deal twice, a weight not above 0.
    """
    rows, y = usable(read_deals(sample))
    at = thinned(rows)
    fit = fit_leaves(rows.iloc[at].reset_index(drop=True), y[at], seed)
    return write_rules(rows, fit).assign(model_version=model_version(seed), as_of_date=as_of)


def fit_leaves(rows: pd.DataFrame, y: Floats, seed: int) -> Fit:
    """Find the segments of usable deals; no leaves with too few deals or without evidence."""
    usual = usual_values(rows)
    grower = make_grower(rows, y, seed, usual)
    leaves = grower.best_tree(MAX_LEAVES) if grower else []
    return Fit(tuple(leaves) if len(leaves) > 1 else (), usual)


def write_rules(rows: pd.DataFrame, fit: Fit, ids: Sequence[str] = ()) -> pd.DataFrame:
    """Rules of a fit, in the order of merit over all deals.

    Args:
        rows: usable deals, which the counts and the order are taken from.
        ids: segment id of each leaf; numbered by merit where not given.
    """
    if not fit.leaves:
        always = Clause(FEATURES[0], ">", _ALWAYS_ABOVE)
        return _stamped(pd.DataFrame([_rule_row(1, "S1", 1, always, 0.0, len(rows))]))
    inside = [holds_all(rows, leaf.clauses, fit.usual) for leaf in fit.leaves]
    order = merit_order(rows, fit)
    out = [
        _rule_row(
            rank,
            ids[at] if ids else f"S{rank}",
            place,
            clause,
            fit.usual.get(clause.feature, 0.0),
            int(inside[at].sum()),
        )
        for rank, at in enumerate(order, start=1)
        for place, clause in enumerate(fit.leaves[at].clauses, start=1)
    ]
    return _stamped(pd.DataFrame(out))


def _stamped(rules: pd.DataFrame) -> pd.DataFrame:
    text = rules[[*_RULE_COLUMNS, "missing_value"]].to_csv(index=False, lineterminator="\n")
    rules.insert(0, "segment_version", "v" + hashlib.sha256(text.encode()).hexdigest()[:10])
    return rules


def merit_order(rows: pd.DataFrame, fit: Fit) -> list[int]:
    """Leaves by the contribution of their deals, best first; by fewest churns where contribution is unknown."""
    contribution = rows["contribution_per_arr_12m"].to_numpy(dtype=np.float64)
    merit = contribution if not np.isnan(contribution).any() else -rows["churned_12m"].to_numpy(dtype=np.float64)
    merit = np.nan_to_num(merit)
    weight = rows["weight"].to_numpy(dtype=np.float64)
    value = []
    for leaf in fit.leaves:
        inside = holds_all(rows, leaf.clauses, fit.usual)
        value.append(round(float(np.average(merit[inside], weights=weight[inside])), 12) if inside.any() else -np.inf)
    return sorted(range(len(value)), key=lambda i: (-value[i], i))


def _rule_row(
    rank: int, segment_id: str, place: int, clause: Clause, missing: float, n_deals: int
) -> dict[str, object]:
    return {
        "rule_order": rank,
        "segment_id": segment_id,
        "clause_order": place,
        "feature": clause.feature,
        "operator": clause.operator,
        "threshold": float(clause.threshold),
        "categories": "|".join(clause.categories) if clause.categories else None,
        "missing_value": missing,
        "threshold_se": clause.threshold_se,
        "missing_share": round(clause.missing_share, 6),
        "n_deals": n_deals,
    }


def holds_all(rows: pd.DataFrame, clauses: Sequence[Clause], usual: Mapping[str, float]) -> Bools:
    """Where all clauses hold, unknown signals taking their usual value."""
    out = np.ones(len(rows), dtype=bool)
    for c in clauses:
        out &= _holds(rows[c.feature], c.operator, c.threshold, c.categories, usual.get(c.feature, 0.0))
    return out


def _holds(column: pd.Series, operator: str, threshold: float, categories: Sequence[str], missing: float) -> Bools:
    if operator in ("in", "not in"):
        listed = column.isin(list(categories)).to_numpy(dtype=bool)
        return listed if operator == "in" else ~listed
    value = column.to_numpy(dtype=np.float64)
    value = np.where(np.isnan(value), missing, value)
    return value <= threshold if operator == "<=" else value > threshold


def checked_signals(rules: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of `frame` that the rules look at: numbers as float64, categories as text or None.

    Raises:
        CheckFailed: a number is infinite or none.
    """
    wide = frame.reindex(columns=sorted(set(rules["feature"])))
    out: dict[str, object] = {}
    for name in wide.columns:
        if name in CATEGORIES:
            out[name] = wide[name].astype(object).where(wide[name].notna(), None).to_numpy()
        else:
            out[name] = numbers(wide, "deals to assign", name, nullable=True)
    return pd.DataFrame(out, index=frame.index)


def clauses_of(rules: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a rule table as records, categories split."""
    records: list[dict[str, object]] = []
    for row in rules.to_dict("records"):
        text = row.get("categories")
        listed = text.split("|") if isinstance(text, str) and text else []
        records.append({str(k): v for k, v in row.items()} | {"categories": listed})
    return records


def clause_holds(signals: pd.DataFrame, clause: Mapping[str, object]) -> Bools:
    """Where one clause of a rule table holds, unknown signals taking the rule's missing_value."""
    categories = clause["categories"]
    return _holds(
        signals[str(clause["feature"])],
        str(clause["operator"]),
        float(str(clause["threshold"])),
        categories if isinstance(categories, list) else [],
        float(str(clause["missing_value"])),
    )


def assign_segments(rules: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Segment id of each row of `frame`, as SQL assigns it: the first rule all of whose clauses hold.

    A null feature, or one whose column is absent, takes the rule's missing_value; a category that no rule
    lists is in none of the lists.

    Raises:
        CheckFailed: a row matches no rule, a feature is infinite.
    """
    segment: npt.NDArray[np.object_] = np.full(len(frame), "", dtype=object)
    signals = checked_signals(rules, frame)
    for (_, segment_id), clauses in rules.groupby(["rule_order", "segment_id"], sort=True):
        match = np.ones(len(frame), dtype=bool)
        for clause in clauses_of(clauses):
            match &= clause_holds(signals, clause)
        segment = np.where(match & (segment == ""), str(segment_id), segment)
    if (segment == "").any():
        row = int(np.flatnonzero(segment == "")[0])
        raise CheckFailed(f"Row {row} of the deals to assign matches no segment rule.", "Refit the segment rules.")
    return pd.Series(segment, index=frame.index, name="segment_id").astype(str)
