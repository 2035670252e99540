"""Which open deals get a seller's hours this week.

Per seller a 0/1 knapsack in quarter hours: choose the deals whose suggested hours together bring most and fit the
week. A small share of the week is drawn by lot among the deals that were not chosen, with the chance of each written
down, so that later it can be told what hours do apart from what they were given to (Kallus and Zhou 2018 on learning
from policies that explore a little). Hours that the plays leave over go to parked deals worth them, best first.

Belongs here: arithmetic on the table of candidates. Which play a deal has, what an hour on it is worth and who may be
drawn is decided in SQL. Money is in integer cents, time in integer quarter hours.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.frames import numbers, refuse_rows, require_columns, texts
from orchestration.inference.streams import stream

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TABLE = "suff_play_candidate"
NO_OWNER = "none"
QUARTERS_PER_HOUR = 4
# Deals times quarter hours up to which the exact programme runs: 20 MB, about 0.1 s. A seller with 3,000 open deals
# and a 40-hour week is far below it.
MAX_CELLS = 20_000_000
# Beyond it the deals around the point where the hours run out are chosen exactly; so many on each side at most.
CORE_HALF = 128

_COLUMNS = (
    "opportunity_id",
    "owner_user_id",
    "decision_week_on",
    "suggested_quarters",
    "value_cents",
    "spare_quarters",
    "spare_value_cents",
    "hour_cost_cents",
    "motion_e2",
    "is_worth_hours",
    "is_drawable",
    "is_incumbent",
    "capacity_quarters",
)
_OUT = {
    "opportunity_id": "str",
    "owner_user_id": "str",
    "decision_week_on": "object",
    "suggested_quarters": "int64",
    "allocated_quarters": "int64",
    "is_above_line": "bool",
    "is_randomised": "bool",
    "propensity": "float64",
    "shadow_price_cents": "Int64",
    "capacity_quarters": "int64",
    "line_reason": "str",
    "model_version": "str",
    "as_of_date": "object",
}


@dataclass(frozen=True)
class Policy:
    """How hours are given, from seed allocation_policy.

    `randomised_share` of a seller's hours, 0 to below 1, is drawn by lot in slots of about `slot_quarters`; a deal that
    had hours last week counts `incumbent_bonus_share` more, so that near-ties do not change hands every week.
    """

    randomised_share: float
    slot_quarters: int
    incumbent_bonus_share: float


def read_policy(rows: pd.DataFrame) -> Policy:
    """Return the policy of seed allocation_policy.

    Args:
        rows: policy_key, value.

    Raises:
        CheckFailed: a row is missing or outside its range.
    """
    values = {str(key): float(value) for key, value in zip(rows["policy_key"], rows["value"], strict=True)}

    def value(key: str, low: float, high: float) -> float:
        if key not in values:
            raise CheckFailed(
                f"Seed allocation_policy has no row {key}.", "Add it to seeds/policy/allocation_policy.csv."
            )
        if not low <= values[key] <= high:
            raise CheckFailed(
                f"Seed allocation_policy, row {key}, column value: {values[key]:g} is not from {low:g} to {high:g}.",
                "Correct the row in seeds/policy/allocation_policy.csv.",
            )
        return values[key]

    return Policy(
        randomised_share=value("randomised_share", 0, 0.5),
        slot_quarters=round(QUARTERS_PER_HOUR * value("randomised_slot_hours", 0.25, 8)),
        incumbent_bonus_share=value("incumbent_bonus_share", 0, 0.5),
    )


def in_order_of_density(values: Ints, weights: Ints) -> Ints:
    """Return positions by value per quarter hour, highest first; equal ones as given. Weight 0 comes first."""
    density = values / np.maximum(weights, 0.01)
    return np.argsort(-density, kind="stable").astype(np.int64)


def choose(values: Ints, weights: Ints, capacity: int, *, max_cells: int = MAX_CELLS) -> Bools:
    """Return the deals that bring most within the hours; only deals that bring something are chosen.

    Args:
        values: worth of each deal's hours, any integer unit, shape (deals,).
        weights: quarter hours of each deal, not below 0, shape (deals,).
        capacity: quarter hours there are.
        max_cells: deals times quarter hours up to which the choice is exact. Beyond it, deals are taken by value per
            hour up to the neighbourhood of the point where the hours run out, that neighbourhood is solved exactly, and
            what still fits is filled up. What that gives away is at most `upper_bound` less its value.
    """
    chosen = np.zeros(len(values), dtype=bool)
    useful = np.flatnonzero((values > 0) & (weights <= capacity))
    if not len(useful):
        return chosen
    order = useful[in_order_of_density(values[useful], weights[useful])]
    left = int(capacity)
    if int(weights[order].sum()) <= left:
        chosen[order] = True
        return chosen
    start, stop = _core(weights[order], left, max_cells)
    chosen[order[:start]] = True
    left -= int(weights[order[:start]].sum())
    core = order[start:stop]
    taken = core[_exact(values[core], weights[core], left)]
    chosen[taken] = True
    left -= int(weights[taken].sum())
    for position in order:
        if not chosen[position] and weights[position] <= left:
            chosen[position] = True
            left -= int(weights[position])
    return chosen


def _core(weights: Ints, capacity: int, max_cells: int) -> tuple[int, int]:
    """Return the stretch of deals, in order of density, solved exactly: all where that is affordable."""
    n = len(weights)
    if n * (capacity + 1) <= max_cells:
        return 0, n
    filled = np.cumsum(weights)
    break_at = int(np.searchsorted(filled, capacity, side="right"))
    half = CORE_HALF
    while half:
        start, stop = max(break_at - half, 0), min(break_at + half, n)
        left = capacity - (int(filled[start - 1]) if start else 0)
        if (stop - start) * (left + 1) <= max_cells:
            return start, stop
        half //= 2
    return break_at, break_at


def _exact(values: Ints, weights: Ints, capacity: int) -> Bools:
    """Return the best choice by dynamic programming over quarter hours; of equals the one with earlier deals."""
    n = len(values)
    best = np.zeros(capacity + 1, dtype=np.int64)
    is_taken = np.zeros((n, capacity + 1), dtype=bool)
    for i in range(n):
        weight = int(weights[i])
        if weight > capacity:
            continue
        with_it = best[: capacity + 1 - weight] + values[i]
        is_better = with_it > best[weight:]
        is_taken[i, weight:] = is_better
        best[weight:] = np.where(is_better, with_it, best[weight:])
    chosen = np.zeros(n, dtype=bool)
    left = capacity
    for i in range(n - 1, -1, -1):
        if is_taken[i, left]:
            chosen[i] = True
            left -= int(weights[i])
    return chosen


def upper_bound(values: Ints, weights: Ints, capacity: int) -> float:
    """Return what the hours would bring if deals could be worked in part: no choice brings more."""
    useful = np.flatnonzero((values > 0) & (weights <= capacity))
    order = useful[in_order_of_density(values[useful], weights[useful])]
    filled = np.cumsum(weights[order])
    break_at = int(np.searchsorted(filled, capacity, side="right"))
    total = float(values[order[:break_at]].sum())
    if break_at < len(order):
        before = int(filled[break_at - 1]) if break_at else 0
        total += float(values[order[break_at]]) * (capacity - before) / float(weights[order[break_at]])
    return total


def shadow_price(values: Ints, weights: Ints, capacity: int) -> int:
    """Return what one more hour would bring, in cents per hour.

    It is the price of the linear programme: the value per hour of the deal, in order of value per hour, at which the
    hours run out. The gain of one further quarter hour in whole deals would jump between nothing and a whole deal; this
    does not. 0 where everything fits.
    """
    useful = np.flatnonzero(values > 0)
    order = useful[in_order_of_density(values[useful], weights[useful])]
    over = np.flatnonzero(np.cumsum(weights[order]) > capacity)
    if not len(over):
        return 0
    at = order[over[0]]
    return int(QUARTERS_PER_HOUR * int(values[at]) // int(weights[at]))


def fill_spare(values: Ints, weights: Ints, left: int) -> Bools:
    """Return the deals that get the hours left over: by value per hour, each that still fits; equal ones as given.

    Args:
        values: worth of each deal's hours, shape (deals,); only deals above 0 are taken.
        weights: quarter hours of each deal, shape (deals,); 0 where it may get none.
        left: quarter hours left over.
    """
    taken = np.zeros(len(values), dtype=bool)
    useful = np.flatnonzero((values > 0) & (weights > 0))
    for position in useful[in_order_of_density(values[useful], weights[useful])]:
        if weights[position] <= left:
            taken[position] = True
            left -= int(weights[position])
    return taken


def allocate(
    candidates: pd.DataFrame, policy: Policy, *, as_of: date, seed: int, max_cells: int = MAX_CELLS
) -> dict[str, pd.DataFrame]:
    """Return table play_allocation: one row per open deal, with the hours it gets this week.

    Args:
        candidates: one row per open deal (`suff_play_candidate`). `value_cents` is what its suggested hours bring
            after the cost of those hours, null where unknown; a deal of unknown value gets hours after the valued ones,
            the liveliest first. `spare_quarters` are the hours that a parked deal may get of those left over, 0 for
            none, and `spare_value_cents` what they bring after their cost. `hour_cost_cents` is what an hour costs.
            Deals whose owner is `none` get no hours: there is nobody to work them.
        policy: see `Policy`.
        as_of: day of the build.
        seed: seed of the lots; each week and seller has a stream of its own.
        max_cells: see `choose`.

    Raises:
        CheckFailed: a column is missing, a number is null or below 0 where it must not be, a deal is there twice, a
            seller has two capacities, or the table holds several weeks.
    """
    require_columns(candidates, TABLE, _COLUMNS)
    frame = candidates.sort_values("opportunity_id", kind="stable").reset_index(drop=True)
    deals = texts(frame, TABLE, "opportunity_id")
    refuse_rows(TABLE, "opportunity_id", deals.duplicated().to_numpy(dtype=bool), "is there twice")
    owners = texts(frame, TABLE, "owner_user_id").to_numpy()
    weights = numbers(frame, TABLE, "suggested_quarters", minimum=0).astype(np.int64)
    capacities = numbers(frame, TABLE, "capacity_quarters", minimum=0).astype(np.int64)
    values = numbers(frame, TABLE, "value_cents", nullable=True)
    spare_weights = numbers(frame, TABLE, "spare_quarters", minimum=0).astype(np.int64)
    spare_values = np.nan_to_num(numbers(frame, TABLE, "spare_value_cents", nullable=True)).astype(np.int64)
    hour_costs = numbers(frame, TABLE, "hour_cost_cents", nullable=True)
    motion = numbers(frame, TABLE, "motion_e2", nullable=True)
    is_worth, is_drawable, is_incumbent = (
        frame[name].to_numpy(dtype=bool) for name in ("is_worth_hours", "is_drawable", "is_incumbent")
    )
    weeks = sorted(pd.to_datetime(frame["decision_week_on"]).dt.date.unique())
    if len(weeks) > 1:
        raise CheckFailed(
            f"Table {TABLE}, column decision_week_on: {len(weeks)} weeks, expected one.",
            f"Correct the model that builds {TABLE}.",
        )
    allocated = np.zeros(len(frame), dtype=np.int64)
    reason = np.full(len(frame), "no_owner", dtype=object)
    propensity = np.full(len(frame), np.nan)
    prices: list[int | None] = [None] * len(frame)
    for owner in sorted(set(owners) - {NO_OWNER}):
        mine = np.flatnonzero(owners == owner)
        if len(np.unique(capacities[mine])) > 1:
            raise CheckFailed(
                f"Table {TABLE}, column capacity_quarters: seller {owner} has several capacities.",
                f"Correct the model that builds {TABLE}.",
            )
        week = _one_seller(
            values[mine],
            weights[mine],
            spare_values[mine],
            spare_weights[mine],
            0 if np.isnan(hour_costs[mine[0]]) else int(hour_costs[mine[0]]),
            motion[mine],
            is_worth[mine],
            is_drawable[mine],
            is_incumbent[mine],
            int(capacities[mine[0]]),
            policy,
            stream(seed, f"play_allocation {weeks[0].isoformat()}", str(owner)),
            max_cells,
        )
        allocated[mine] = week.allocated
        reason[mine] = week.reason
        propensity[mine] = week.propensity
        for position in mine:
            prices[position] = week.shadow_price
    out = pd.DataFrame(
        {
            "opportunity_id": deals,
            "owner_user_id": owners,
            "decision_week_on": weeks[0] if weeks else None,
            "suggested_quarters": weights,
            "allocated_quarters": allocated,
            "is_above_line": np.isin(reason, ["planned", "spare_time", "drawn"]),
            "is_randomised": reason == "drawn",
            "propensity": propensity,
            "shadow_price_cents": pd.array(prices, dtype="Int64"),
            "capacity_quarters": capacities,
            "line_reason": reason,
            "model_version": _version(policy, seed),
            "as_of_date": as_of,
        }
    )
    return {"play_allocation": out.astype(_OUT)}


@dataclass(frozen=True)
class _Week:
    """One seller's week; arrays of shape (deals,)."""

    allocated: Ints
    reason: npt.NDArray[np.object_]
    propensity: npt.NDArray[np.float64]
    shadow_price: int | None


def _one_seller(
    values: npt.NDArray[np.float64],
    weights: Ints,
    spare_values: Ints,
    spare_weights: Ints,
    hour_cost: int,
    motion: npt.NDArray[np.float64],
    is_worth: Bools,
    is_drawable: Bools,
    is_incumbent: Bools,
    capacity: int,
    policy: Policy,
    lots: np.random.Generator,
    max_cells: int,
) -> _Week:
    is_known = ~np.isnan(values)
    cents = np.where(is_known, values, 0).astype(np.int64)
    is_valued = is_worth & is_known
    bonus_permille = round(1000 * policy.incumbent_bonus_share)
    pull = np.where(is_valued, cents + np.where(is_incumbent & (cents > 0), cents * bonus_permille // 1000, 0), 0)
    by_motion = np.lexsort((np.arange(len(values)), -np.nan_to_num(motion, nan=-1.0)))

    def planned(hours: int) -> tuple[Bools, Bools, int]:
        """Deals of the plays, then parked deals in the hours that those leave; and what is left of the hours."""
        chosen = choose(pull, weights, hours, max_cells=max_cells)
        left = hours - int(weights[chosen].sum())
        # of unknown value: after all that is known to bring something, the liveliest first
        for position in by_motion:
            if is_worth[position] and not is_known[position] and weights[position] <= left:
                chosen[position] = True
                left -= int(weights[position])
        spare = fill_spare(np.where(chosen, 0, spare_values), spare_weights, left)
        return chosen, spare, left

    slots = _slots(capacity, policy)
    hours = capacity - sum(slots)
    chosen, spare, left = planned(hours)
    # the lot falls among deals that get no hours otherwise: only then does it tell hours from none
    may_be_drawn = np.flatnonzero(is_drawable & ~chosen & ~spare)
    propensity = np.full(len(values), np.nan)
    allocated = np.zeros(len(values), dtype=np.int64)
    drawn = np.empty(0, dtype=np.int64)
    if slots and len(may_be_drawn) > len(slots):
        propensity[may_be_drawn] = len(slots) / len(may_be_drawn)
        drawn = may_be_drawn[np.argsort(lots.random(len(may_be_drawn)), kind="stable")[: len(slots)]]
        allocated[drawn] = slots
    elif slots:
        # nobody to draw from: all hours are planned
        hours = capacity
        chosen, spare, left = planned(hours)
    allocated[chosen] = weights[chosen]
    allocated[spare] = spare_weights[spare]
    reason = np.full(len(values), "parked", dtype=object)
    reason[is_worth] = "no_room"
    reason[is_valued & (cents <= 0)] = "no_gain"
    reason[chosen] = "planned"
    reason[spare] = "spare_time"
    reason[drawn] = "drawn"
    price: int | None = shadow_price(np.where(is_valued, cents, 0), weights, hours)
    if price == 0 and bool((is_worth & ~is_known & ~chosen).any()):
        # the next hour would go to a deal whose value nobody knows
        price = None
    elif price == 0:
        price = shadow_price(np.where(chosen, 0, spare_values), spare_weights, left)
    if price:
        # values are after the cost of their hours, what an hour brings is told before it
        price += hour_cost
    return _Week(allocated, reason, propensity, price)


def _slots(capacity: int, policy: Policy) -> list[int]:
    """Return the quarter hours of each slot: the share of the week, cut into even slots of about the stated length."""
    budget = int(policy.randomised_share * capacity + 0.5)
    if budget <= 0:
        return []
    n = max(1, budget // policy.slot_quarters)
    return [budget // n + (1 if i < budget % n else 0) for i in range(n)]


def _version(policy: Policy, seed: int) -> str:
    facts: Mapping[str, object] = {**asdict(policy), "seed": seed, "max_cells": MAX_CELLS, "core_half": CORE_HALF}
    return f"allocation-2-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]}"
