"""Customers after the signature: when they start, end, grow and come back.

Age 0 is the calendar month of the start. A customer that ends at age `a` ends on the a-th monthly
anniversary of the start, so an annual customer that does not renew ends at age 12.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.demo import segments as seg
from orchestration.demo.settings import DAY, Arr, Settings, add_months

HORIZON = 48  # months played for every customer, also beyond the extraction


@dataclass(frozen=True)
class Lifecycle:
    """Customers and their seat changes.

    Attributes:
        customers: one row per won new-business deal, in the order of the deals.
        changes: one row per change of seats: customer, age, day, before, after, is_renewal (no proration
            then).
    """

    customers: pd.DataFrame
    changes: pd.DataFrame


def live(deals: pd.DataFrame, settings: Settings) -> Lifecycle:
    """Play `HORIZON` months for each won deal.

    Args:
        deals: won new-business deals with account, segment, term, discount, success, seats, closed.
    """
    rng = settings.rng("lifecycle")
    n = len(deals)
    segment = deals["segment"].to_numpy()
    term = deals["term"].to_numpy()
    lag = np.where(term == 1, rng.integers(0, 5, n), rng.integers(0, 21, n))
    start_day = deals["closed"].to_numpy() // DAY + lag
    frailty = rng.normal(0, seg.FRAILTY_SD, n)
    shift = (
        frailty
        + seg.BETA_DISCOUNT_10PP * (deals["discount"].to_numpy() - seg.DISCOUNT_PCT[segment]) / 10
        + seg.BETA_SUCCESS_CRITERIA * (deals["success"].to_numpy() - seg.SUCCESS_CRITERIA[segment])
    )
    churn_age = np.zeros(n, dtype=np.int64)
    survival_12 = np.ones(n)
    no_expansion_12 = np.ones(n)
    seats = deals["seats"].to_numpy().copy()
    frames: list[pd.DataFrame] = []
    for age in range(HORIZON):
        if age > 0:
            hazard = seg.churn_hazard(segment, term, age, shift)
            if age <= 12:
                survival_12 *= 1 - hazard
            ends = (churn_age == 0) & (rng.random(n) < hazard)
            churn_age = np.where(ends, age, churn_age)
        alive = churn_age == 0
        day = add_months(start_day, age)
        if age > 0:
            shrink = alive & (term > 1) & (age % term == 0) & (rng.random(n) < seg.CONTRACT_AT_RENEWAL[segment])
            after = np.maximum(1, np.floor(seats * rng.uniform(0.6, 0.92, n)).astype(np.int64))
            shrink &= after < seats
            frames.append(_changes(shrink, age, day, seats, after, True))
            seats = np.where(shrink, after, seats)
        chance = seg.expansion_hazard(segment, age)
        if age < 12:
            no_expansion_12 *= 1 - chance
        grow = alive & (rng.random(n) < chance)
        factor = 1 + seg.EXPAND_SHARE[segment] * np.exp(rng.normal(0, 0.5, n))
        after = np.maximum(seats + 1, np.rint(seats * factor).astype(np.int64))
        frames.append(_changes(grow, age, day + rng.integers(1, 27, n), seats, after, False))
        seats = np.where(grow, after, seats)
    customers = pd.DataFrame(
        {
            "account": deals["account"].to_numpy(),
            "deal": deals.index.to_numpy(),
            "segment": segment,
            "term": term,
            "interval": deals["interval"].to_numpy(),
            "plan": deals["plan"].to_numpy(),
            "currency": deals["currency"].to_numpy(),
            "discount": deals["discount"].to_numpy(),
            "seats": deals["seats"].to_numpy(),
            "services": deals["services"].to_numpy(),
            "start_day": start_day,
            "start_second": rng.integers(8 * 3600, 18 * 3600, n),
            "churn_age": churn_age,
            "end_day": np.where(churn_age > 0, add_months(start_day, churn_age), 1_000_000),
            "shift": shift,
            "frailty": frailty,
            "survival_12": survival_12,
            "expand_12": 1 - no_expansion_12,
            "support_factor": np.exp(rng.normal(-0.06, 0.35, n)),
        }
    )
    # a change dated on or after the end (month-end anniversaries are shorter) never happens
    changes = pd.concat(frames, ignore_index=True)
    changes = changes[changes["day"].to_numpy() < customers["end_day"].to_numpy()[changes["customer"]]]
    changes = changes.sort_values(["customer", "day", "age"], kind="stable").reset_index(drop=True)
    return Lifecycle(customers, changes)


def _changes(rows: Arr, age: int, day: Arr, before: Arr, after: Arr, is_renewal: bool) -> pd.DataFrame:
    hit = np.flatnonzero(rows)
    return pd.DataFrame(
        {
            "customer": hit,
            "age": age,
            "day": day[hit],
            "before": before[hit],
            "after": after[hit],
            "is_renewal": is_renewal,
        }
    )


def seats_on(life: Lifecycle, customer: Arr, day: Arr) -> Arr:
    """Seats of a customer at the end of a day, shape (n,)."""
    changes = life.changes
    key = changes["customer"].to_numpy().astype(np.int64) * 10_000_000 + changes["day"].to_numpy()
    position = np.searchsorted(key, customer.astype(np.int64) * 10_000_000 + day, side="right") - 1
    initial = life.customers["seats"].to_numpy()[customer]
    if len(changes) == 0:
        return initial
    found = (position >= 0) & (changes["customer"].to_numpy()[position.clip(0)] == customer)
    seats: Arr = np.where(found, changes["after"].to_numpy()[position.clip(0)], initial)
    return seats
