"""Segments: a small regression tree on what is known before a deal closes, written as rules a person can
    read.

The tree is cut where it explains the variance of lifecycle ROI: each target is measured in the ROI that one
unit of it moves, so its weight is its share in ROI variance (the least 5 %). Thresholds are the roundest
numbers that split the deals as the tree does, compared in double precision; SQL and `assign_segments` are
    the definition, not the tree.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import model_version
from orchestration.inference.frames import Bools, Floats, numbers, refuse_rows, require_columns, texts
from orchestration.inference.streams import stream

TABLE = "sample_mature_deal"
FEATURES = (
    "discount_pct",
    "contract_term_months",
    "payment_terms_days",
    "customisation_requests",
    "implementation_promises",
    "services_share",
    "promised_onboarding_days",
    "has_success_criteria",
    "stakeholder_count",
    "days_per_stage",
    "push_count",
    "active_days_per_week",
)
TARGETS = ("contribution_per_arr_12m", "churned_12m", "expanded_12m", "support_per_arr_12m")
MAX_LEAVES = 6
MIN_DEALS = 120
_LEAST_SHARE = 0.05
# A target unknown for more of the deals than this is left out; else the deals without it are.
_MOST_UNKNOWN = 0.3
# The card's life is three years: what the first year shows repeats for two more, an expansion adds a fifth
# of ARR.
_YEARS_LEFT = 2.0
_EXPANSION_SHARE = 0.2
_ALWAYS_ABOVE = -1e12


@dataclass(frozen=True)
class _Clause:
    feature: int
    operator: str
    threshold: float

    def holds(self, x: Floats) -> Bools:
        column = x[:, self.feature]
        return column <= self.threshold if self.operator == "<=" else column > self.threshold


def _targets(table: pd.DataFrame) -> tuple[Floats, Bools]:
    """Targets that are known, scaled to ROI per 1 of ARR, and the rows that have them all."""
    known = {name: ~np.isnan(table[name].to_numpy(dtype=np.float64)) for name in TARGETS}
    kept = [name for name in TARGETS if len(table) and known[name].mean() >= 1.0 - _MOST_UNKNOWN]
    usable = np.ones(len(table), dtype=bool)
    for name in kept:
        usable &= known[name]
    kept = [name for name in kept if usable.any() and np.ptp(table.loc[usable, name].to_numpy(dtype=np.float64)) > 0]
    if not kept:
        return np.zeros((len(table), 0)), np.zeros(len(table), dtype=bool)
    values = table.loc[:, kept].to_numpy(dtype=np.float64)
    # A year's contribution of a customer that stays, or 0.5 per 1 of ARR where margin is unknown.
    year = 0.5
    if "contribution_per_arr_12m" in kept:
        year = max(0.05, float(np.mean(table.loc[usable, "contribution_per_arr_12m"])))
    effect = {
        "contribution_per_arr_12m": 1.0,
        "churned_12m": _YEARS_LEFT * year,
        "expanded_12m": _YEARS_LEFT * year * _EXPANSION_SHARE,
        "support_per_arr_12m": _YEARS_LEFT,
    }
    spread = values[usable].std(axis=0)
    share = (np.array([effect[name] for name in kept]) * spread) ** 2
    share = np.maximum(share / share.sum(), _LEAST_SHARE)
    return (values - values[usable].mean(axis=0)) / spread * np.sqrt(share / share.sum()), usable


def _round_between(low: float, high: float) -> float:
    """Roundest number t with low <= t < high, near their middle."""
    middle = low + (high - low) / 2.0
    for digits in range(-6, 16):
        candidate = round(middle, digits)
        if low <= candidate < high:
            return float(candidate)
    return low


def _leaves(x: Floats, y: Floats, weight: Floats, seed: int) -> list[tuple[list[_Clause], Bools]]:
    """Grow the tree; return each leaf's clauses (merged by feature and direction) and its rows."""
    from sklearn.tree import DecisionTreeRegressor

    # smaller leaves chase the luck of few churns: their 12-month survival misses the truth by up to 0.10
    smallest = int(np.clip(round(0.10 * len(x)), 30, 150))
    random_state = int(stream(seed, "segment_tree", "all").integers(2**31))
    tree = DecisionTreeRegressor(max_leaf_nodes=MAX_LEAVES, min_samples_leaf=smallest, random_state=random_state)
    # Duplicate rows of sums differ in the last bits with their order; rows come sorted, so the fit is
    # repeatable.
    grown = tree.fit(x.astype(np.float32), y, sample_weight=weight).tree_
    narrow = x.astype(np.float32)
    found: list[tuple[list[_Clause], Bools]] = []

    def walk(node: int, path: list[_Clause], rows: Bools) -> None:
        if grown.children_left[node] == -1:
            found.append((path, rows))
            return
        feature = int(grown.feature[node])
        left = rows & (narrow[:, feature].astype(np.float64) <= float(grown.threshold[node]))
        right = rows & ~left
        threshold = _round_between(float(x[left, feature].max()), float(x[right, feature].min()))
        walk(int(grown.children_left[node]), _merged(path, _Clause(feature, "<=", threshold)), left)
        walk(int(grown.children_right[node]), _merged(path, _Clause(feature, ">", threshold)), right)

    walk(0, [], np.ones(len(x), dtype=bool))
    return found


def _merged(path: list[_Clause], new: _Clause) -> list[_Clause]:
    """Add a clause; one on the same feature and side takes the place of the wider one it implies."""
    out = [new if (c.feature, c.operator) == (new.feature, new.operator) else c for c in path]
    return out if new in out else [*out, new]


def fit_segment_rules(sample: pd.DataFrame, *, as_of: date, seed: int) -> pd.DataFrame:
    """Find at most six segments of deals.

    Args:
        sample: sample_mature_deal, in any row order.

    Returns:
        segment_rule: one row per segment and clause. Segments partition the space and are numbered by the
        contribution of their deals, best first (by fewest churns where contribution is unknown). With fewer
        than 120 usable deals, or no split worth making, one segment S1 that always matches.

    Raises:
        CheckFailed: a column absent, a value infinite or no number, a deal twice, a weight not above 0.
    """
    require_columns(sample, TABLE, ("opportunity_id", "sample_weight", *FEATURES, *TARGETS))
    table = pd.DataFrame({"opportunity_id": texts(sample, TABLE, "opportunity_id")})
    refuse_rows(TABLE, "opportunity_id", table["opportunity_id"].duplicated().to_numpy(dtype=bool), "is there twice")
    table["weight"] = numbers(sample, TABLE, "sample_weight", minimum=0)
    refuse_rows(TABLE, "sample_weight", (table["weight"] <= 0).to_numpy(dtype=bool), "is not above 0")
    for name in (*FEATURES, *TARGETS):
        table[name] = numbers(sample, TABLE, name, nullable=True)
    table = table.sort_values("opportunity_id", kind="stable", ignore_index=True)

    y, usable = _targets(table)
    table, y = table[usable], y[usable]
    raw = table[list(FEATURES)].to_numpy(dtype=np.float64)
    missing = np.array([np.median(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in raw.T])
    x = np.where(np.isnan(raw), missing, raw)
    useful = [j for j in range(len(FEATURES)) if len(x) and np.ptp(x[:, j].astype(np.float32)) > 0]
    leaves: list[tuple[list[_Clause], Bools]] = []
    if len(table) >= MIN_DEALS and useful:
        weight = table["weight"].to_numpy(dtype=np.float64)
        leaves = [
            ([_Clause(useful[c.feature], c.operator, c.threshold) for c in path], rows)
            for path, rows in _leaves(x[:, useful], y, weight / weight.mean(), seed)
        ]
    if len(leaves) < 2:
        rows: list[dict[str, object]] = [_rule_row(1, 1, _Clause(0, ">", _ALWAYS_ABOVE), 0.0, len(table))]
    else:
        order = _order(table, leaves)
        rows = [
            _rule_row(rank, place, clause, float(missing[clause.feature]), int(leaves[at][1].sum()))
            for rank, at in enumerate(order, start=1)
            for place, clause in enumerate(leaves[at][0], start=1)
        ]
    rules = pd.DataFrame(rows)
    text = rules.drop(columns="n_deals").to_csv(index=False, lineterminator="\n")
    rules.insert(0, "segment_version", "v" + hashlib.sha256(text.encode()).hexdigest()[:10])
    return rules.assign(model_version=model_version(seed), as_of_date=as_of)


def _order(table: pd.DataFrame, leaves: list[tuple[list[_Clause], Bools]]) -> list[int]:
    contribution = table["contribution_per_arr_12m"].to_numpy(dtype=np.float64)
    merit = contribution if not np.isnan(contribution).any() else -table["churned_12m"].to_numpy(dtype=np.float64)
    merit = np.nan_to_num(merit)
    weight = table["weight"].to_numpy(dtype=np.float64)
    value = [round(float(np.average(merit[rows], weights=weight[rows])), 12) for _, rows in leaves]
    return sorted(range(len(leaves)), key=lambda i: (-value[i], i))


def _rule_row(rank: int, place: int, clause: _Clause, missing: float, n_deals: int) -> dict[str, object]:
    return {
        "rule_order": rank,
        "segment_id": f"S{rank}",
        "clause_order": place,
        "feature": FEATURES[clause.feature],
        "operator": clause.operator,
        "threshold": float(clause.threshold),
        "missing_value": missing,
        "n_deals": n_deals,
    }


def assign_segments(rules: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Segment id of each row of `frame`, as SQL assigns it: the first rule all of whose clauses hold.

    A null feature, or one whose column is absent, takes the rule's missing_value.

    Raises:
        CheckFailed: a row matches no rule, a feature is infinite.
    """
    segment = np.full(len(frame), "", dtype=object)
    wide = frame.reindex(columns=sorted(set(rules["feature"])))
    columns = {name: numbers(wide, "deals to assign", name, nullable=True) for name in wide.columns}
    for (_, segment_id), clauses in rules.groupby(["rule_order", "segment_id"], sort=True):
        match = np.ones(len(frame), dtype=bool)
        parts = clauses[["feature", "operator", "threshold", "missing_value"]].to_dict("records")
        for clause in parts:
            column = columns[str(clause["feature"])]
            value = np.where(np.isnan(column), float(clause["missing_value"]), column)
            threshold = float(clause["threshold"])
            match &= value <= threshold if clause["operator"] == "<=" else value > threshold
        segment = np.where(match & (segment == ""), str(segment_id), segment)
    if (segment == "").any():
        row = int(np.flatnonzero(segment == "")[0])
        raise CheckFailed(f"Row {row} of the deals to assign matches no segment rule.", "Refit the segment rules.")
    return pd.Series(segment, index=frame.index, name="segment_id").astype(str)
