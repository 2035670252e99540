"""Versions of the segments: learned at quarter starts, kept until a refit is clearly better.

Each quarter start sees only deals whose twelve months were complete by then, so a later quarter changes no
earlier one. With clearly more deals than at the last look, the rules in force are held against (1) the same
rules with leaves split further where the evidence bears it, and (2) rules learned anew, which must explain
more by as much as a search would find in deals without any pattern.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.inference.constants import model_version
from orchestration.inference.frames import Floats
from orchestration.inference.optimism import COLUMNS as OPTIMISM_COLUMNS
from orchestration.inference.segment_data import MIN_DEALS, Deals, read_deals, thinned, usable, usual_values
from orchestration.inference.segment_matching import matched_ids, moves
from orchestration.inference.segment_optimism import churn_shrinkage
from orchestration.inference.segment_tree import Grower, Leaf
from orchestration.inference.segments import (
    MAX_LEAVES,
    Fit,
    assign_segments,
    holds_all,
    make_grower,
    merit_order,
    write_rules,
)

# look again once there are this many times the deals of the last look: while deals are few some more tell
# much, later segments that stay are worth more than the last per cent
GROWTH_EARLY, GROWTH_LATE = 1.4, 2.0
EARLY_DEALS = 1200
# share of what a search finds without any pattern that rules learned anew must explain beyond the old ones
CLEARLY_BETTER = 0.5

FIRST = "first segments"
TOO_FEW = "too few deals have run for a year"
NO_PATTERN = "deals do not differ enough to tell kinds apart"
NOT_MORE = "kept: not clearly more deals than at the last look"
KEPT = "kept: rules learned anew explain no more than luck would"
SPLIT = "refined: a segment is split where the evidence now bears it"
REPLACED = "replaced: rules learned anew are clearly better"


@dataclass(frozen=True)
class _Version:
    """Rules in force: the fit, the id of each leaf, the rule rows, their first day, the deals they were found on."""

    fit: Fit
    ids: tuple[str, ...]
    rules: pd.DataFrame
    since: pd.Timestamp
    rows: pd.DataFrame


@dataclass(frozen=True)
class _Look:
    """What one look found: the chosen fit, why, and variance explained by the old rules and anew (0 to 1)."""

    fit: Fit
    reason: str
    explained_kept: float
    explained_new: float


def fit_segment_versions(sample: pd.DataFrame, *, as_of: date, seed: int) -> dict[str, pd.DataFrame]:
    """Learn the segments at each quarter start up to that of `as_of`.

    Args:
        sample: sample_mature_deal, in any row order. Deals without `mature_on` count as mature at the end.

    Returns:
        segment_rule: rules in force at the as-of day, with what cross validation says of their luck (`optimism`);
        segment_rule_version: rules of every version that ever
        was; segment_version: one row per quarter start; segment_change: deals of each old segment in each new
        one, per change of version.

    Raises:
        CheckFailed: as `fit_segment_rules`.
    """
    deals = read_deals(sample)
    frozen = pd.Timestamp(as_of).to_period("Q").start_time
    days = _quarter_starts(deals, frozen)
    now: _Version | None = None
    versions: list[_Version] = []
    quarters, changes = [], []
    used: list[str] = []
    looked_at = 0
    for day in days:
        rows, y = usable(deals.until(day, frozen))
        look: _Look | None = None
        if now is None or (len(rows) >= MIN_DEALS and len(rows) >= _next_look(looked_at)):
            look = _look(rows, y, now, seed)
            looked_at = len(rows) if len(rows) >= MIN_DEALS else 0
        changed = look is not None and (now is None or look.fit is not now.fit)
        if look is not None and changed:
            after = _adopt(rows, look.fit, now, used, day)
            if now is not None:
                changes.append(_change(rows, now, after, day))
            used += [i for i in after.ids if i not in used]
            now = after
            versions.append(after)
        assert now is not None
        quarters.append(_quarter(day, now, len(rows), changed, look))
    assert now is not None
    current = now.rules.assign(valid_from_on=now.since.date(), frozen_on=frozen.date(), **_optimism(now, seed))
    every = pd.concat([v.rules.assign(valid_from_on=v.since.date()) for v in versions], ignore_index=True)
    tables = {
        "segment_rule": current,
        "segment_rule_version": every.drop_duplicates(["segment_version", "segment_id", "clause_order"]),
        "segment_version": pd.DataFrame(quarters),
        "segment_change": pd.concat([_no_change(), *changes], ignore_index=True),
    }
    version = model_version(seed)
    return {name: table.assign(model_version=version, as_of_date=as_of) for name, table in tables.items()}


def _optimism(now: _Version, seed: int) -> dict[str, float]:
    """How much of what tells the segments apart in churn is luck of the deals they were found on; see `optimism`."""
    if not now.fit.leaves:
        return dict(zip(OPTIMISM_COLUMNS, (1.0, 0.0, 0.0), strict=True))
    luck = churn_shrinkage(now.rows.iloc[thinned(now.rows)].reset_index(drop=True), seed)
    return dict(zip(OPTIMISM_COLUMNS, (luck.share, luck.error, luck.months), strict=True))


def _next_look(last: int) -> float:
    return last * (GROWTH_EARLY if last < EARLY_DEALS else GROWTH_LATE)


def _quarter_starts(deals: Deals, frozen: pd.Timestamp) -> list[pd.Timestamp]:
    """Quarter starts from the first with a mature deal to the frozen-on day, at least that one."""
    known = deals.table["mature_on"].dropna()
    first = min(known.min(), frozen) if len(known) else frozen
    start = first.to_period("Q").start_time
    start = start if start >= first else (first.to_period("Q") + 1).start_time
    return list(pd.date_range(min(start, frozen), frozen, freq="QS"))


def _look(rows: pd.DataFrame, y: Floats, now: _Version | None, seed: int) -> _Look:
    at = thinned(rows)
    part, target = rows.iloc[at].reset_index(drop=True), y[at]
    usual = usual_values(part)
    grower = make_grower(part, target, seed, usual)
    if grower is None:
        return _Look(Fit((), usual) if now is None else now.fit, TOO_FEW if len(rows) < MIN_DEALS else NO_PATTERN, 0, 0)
    anew = tuple(grower.best_tree(MAX_LEAVES))
    fresh = Fit(anew if len(anew) > 1 else (), usual)
    explained_new = grower.explained([leaf.rows for leaf in fresh.leaves]) if fresh.leaves else 0.0
    if now is None or not now.fit.leaves:
        if fresh.leaves:
            return _Look(fresh, FIRST, 0.0, explained_new)
        return _Look(now.fit if now else fresh, NO_PATTERN, 0.0, 0.0)
    held = _held(part, now.fit)
    explained_kept = grower.explained([leaf.rows for leaf in held])
    refined, explained_refined = _refined(part, target, held, now.fit, grower, seed)
    bar = CLEARLY_BETTER * grower.chance(max(1, len(fresh.leaves) - 1))
    if fresh.leaves and explained_new > explained_refined + bar:
        return _Look(fresh, REPLACED, explained_kept, explained_new)
    if refined is not now.fit:
        return _Look(refined, SPLIT, explained_kept, explained_refined)
    return _Look(now.fit, KEPT, explained_kept, explained_new)


def _held(rows: pd.DataFrame, fit: Fit) -> list[Leaf]:
    return [Leaf(leaf.clauses, np.flatnonzero(holds_all(rows, leaf.clauses, fit.usual))) for leaf in fit.leaves]


def _refined(
    rows: pd.DataFrame, y: Floats, held: Sequence[Leaf], fit: Fit, grower: Grower, seed: int
) -> tuple[Fit, float]:
    """The rules in force with leaves split further, and the variance they explain."""
    before = grower.explained([leaf.rows for leaf in held])
    # a signal the rules use keeps its stand-in, or deals without it would be in two segments
    cut = {clause.feature for leaf in fit.leaves for clause in leaf.clauses}
    usual = {**usual_values(rows), **{name: value for name, value in fit.usual.items() if name in cut}}
    again = make_grower(rows, y, seed, usual, like=grower)
    if again is None:
        return fit, before
    grown, _ = again.grow(held, MAX_LEAVES)
    if len(grown) == len(held):
        return fit, before
    return Fit(tuple(grown), usual), again.explained([leaf.rows for leaf in grown])


def _adopt(rows: pd.DataFrame, fit: Fit, now: _Version | None, used: Sequence[str], day: pd.Timestamp) -> _Version:
    """Give the leaves their ids: those of the segments they continue, or numbers by merit at the start."""
    order = merit_order(rows, fit)
    if not fit.leaves:
        ids = ["S1"]
    elif now is None or not now.fit.leaves:
        ids = [f"S{order.index(leaf) + 1}" for leaf in range(len(fit.leaves))]
    else:
        leaf_of = np.zeros(len(rows), dtype=np.int64)
        for number, leaf in enumerate(fit.leaves):
            leaf_of[holds_all(rows, leaf.clauses, fit.usual)] = number
        old = assign_segments(now.rules, rows)
        ids = matched_ids(old.tolist(), leaf_of.tolist(), len(fit.leaves), used, order)
    return _Version(fit, tuple(ids), write_rules(rows, fit, ids), day, rows)


def _quarter(day: pd.Timestamp, now: _Version, n_deals: int, changed: bool, look: _Look | None) -> dict[str, object]:
    return {
        "frozen_on": day.date(),
        "segment_version": now.rules["segment_version"].iloc[0],
        "n_deals": n_deals,
        "n_segments": int(now.rules["segment_id"].nunique()),
        "is_refit": changed,
        "explained_kept": round(look.explained_kept, 6) if look else np.nan,
        "explained_new": round(look.explained_new, 6) if look else np.nan,
        "reason": look.reason if look else (NOT_MORE if n_deals >= MIN_DEALS else TOO_FEW),
    }


def _change(rows: pd.DataFrame, before: _Version, after: _Version, day: pd.Timestamp) -> pd.DataFrame:
    moved = moves(assign_segments(before.rules, rows).tolist(), assign_segments(after.rules, rows).tolist())
    moved.insert(0, "changed_on", day.date())
    moved.insert(1, "from_version", before.rules["segment_version"].iloc[0])
    moved.insert(2, "to_version", after.rules["segment_version"].iloc[0])
    return moved


def _no_change() -> pd.DataFrame:
    texts = ("from_version", "to_version", "from_segment_id", "to_segment_id")
    empty = {"changed_on": pd.Series(dtype="object")} | {name: pd.Series(dtype="object") for name in texts}
    more = {"n_deals": "int64", "share_of_from": "float64", "share_of_to": "float64"}
    return pd.DataFrame(empty | {name: pd.Series(dtype=kind) for name, kind in more.items()})
