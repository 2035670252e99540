"""Past decisions of a made-up company, in the shape of `sample_policy_decision`, beside the true worth of each policy.

Three kinds of world: `measured`, where sellers work deals by what is recorded; `hidden`, where they also know something
lasting that nobody recorded and that decides the deal; `outcome`, where activity follows deals that are being won
anyway and changes nothing (the mechanism of the demo company).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from orchestration.inference.policy_value import AS_DONE, POLICIES, chosen

World = Literal["measured", "hidden", "outcome"]
POINTS = (12, 16, 20, 24)


@dataclass(frozen=True)
class Company:
    """`sample` as the warehouse would deliver it; `truth`: contribution per hour of each policy, expectation."""

    sample: pd.DataFrame
    truth: dict[str, float]


def _logistic(eta: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


def draw(world: World, seed: int, *, n_deals: int = 1000, n_owners: int = 12, slot_share: float = 0.0) -> Company:
    """Draw one company: each deal is open at one to three of the four points.

    Args:
        slot_share: share of decisions whose hours were placed at random among the deals of their seller and point; the
            decisions are then lots and no points at a fixed distance.
    """
    rng = np.random.default_rng([seed, ("measured", "hidden", "outcome").index(world)])
    deal = np.repeat(np.arange(n_deals), rng.integers(1, 4, n_deals))
    n = len(deal)
    first = rng.integers(0, 4, n_deals)[deal]
    turn = pd.Series(deal).groupby(deal).cumcount().to_numpy()
    keep = first + turn < 4
    deal, week = deal[keep], np.array(POINTS)[(first + turn)[keep]]
    n = len(deal)
    owner = rng.integers(0, n_owners, n_deals)[deal]
    segment = rng.integers(0, 4, n_deals)[deal]
    unseen = rng.normal(0.0, 1.0, n_deals)[deal]
    quality = rng.normal(0.0, 0.8, n_deals)[deal]
    arr = np.exp(rng.normal(9.8, 0.8, n_deals))[deal]
    value = arr * np.array([3.0, 1.8, 0.7, 0.25])[segment]
    drift = rng.normal(0.0, 0.5, n)
    leak = 0.0 if world == "measured" else 0.7
    # what is recorded at the point and four weeks before it, each with noise of its own
    state = -1.4 + quality + drift + leak * unseen + rng.normal(0.0, 0.5, n)
    before = -1.4 + quality + leak * unseen + rng.normal(0.0, 0.3, n)
    hours_before = np.exp(rng.normal(0.3 + 0.2 * state + (0.0 if world == "measured" else 0.5) * unseen, 0.6))
    hours_earlier = np.exp(rng.normal(0.6 + 0.2 * before + (0.0 if world == "measured" else 0.5) * unseen, 0.6))
    tempting = 0.5 * state + 0.35 * (np.log(arr) - 9.8) + 0.3 * np.log(hours_before)
    tempting = tempting + (0.0 if world == "measured" else 1.0) * unseen
    worked = rng.random(n) < _logistic(0.2 + tempting)
    slot_propensity = np.full(n, np.nan)
    is_slot = np.zeros(n, dtype=bool)
    if slot_share > 0.0:
        frame = pd.DataFrame({"owner": owner, "week": week})
        size = frame.groupby(["owner", "week"])["owner"].transform("size").to_numpy()
        number = frame.groupby(["owner", "week"]).ngroup().to_numpy()
        order = pd.DataFrame({"cell": number, "luck": rng.random(n)}).groupby("cell")["luck"].rank().to_numpy()
        places = np.maximum(1, np.floor(size * slot_share))
        slot_propensity, is_slot = places / size, order <= places
        worked = is_slot
    gain = 0.0 if world == "outcome" else 0.9
    outcome_shift = (0.0 if world == "measured" else 1.0) * unseen
    p = [_logistic(-1.6 + 0.9 * (state + 1.4) + outcome_shift + gain * a) for a in (0.0, 1.0)]
    hours_if = (np.full(n, 0.5), np.full(n, 7.0))
    won = rng.random(n) < np.where(worked, p[1], p[0])
    hours = np.where(worked, hours_if[1], hours_if[0]) * rng.lognormal(0.0, 0.2, n)
    win = _logistic(state)
    per_hour = 0.5 * win * value / 12.0
    table = pd.DataFrame(
        {
            "opportunity_id": [f"d{number:05d}" for number in deal],
            "customer_key": [f"c{number:05d}" for number in deal],
            "owner_user_id": [f"u{number:02d}" for number in owner],
            "segment_id": [f"S{number + 1}" for number in segment],
            "deal_type": "new_business",
            "play": np.where(state < -2.6, "Park", "Protect"),
            "week_index": week,
            "bucket": deal % 32,
            "win_logit": state,
            "stage_position": np.clip((state + 4.0) / 5.0, 0.0, 1.0),
            "days_to_close": rng.integers(5, 120, n),
            "motion": np.clip(50 + 12 * state + rng.normal(0, 10, n), 0, 100),
            "risk": rng.uniform(20, 80, n),
            "profitability": rng.uniform(20, 80, n),
            "arr_cents": np.round(100 * arr),
            "lifecycle_value_cents": np.round(100 * value),
            "stage_age_days": rng.integers(0, 60, n),
            "hours_before": hours_before,
            "hours_earlier": hours_earlier,
            "stakeholder_count": rng.poisson(np.exp(0.9 + 0.15 * quality + leak * 0.3 * unseen)),
            "win_logit_before": before,
            "stage_position_before": np.clip((before + 4.0) / 5.0, 0.0, 1.0),
            "motion_before": np.clip(50 + 12 * before + rng.normal(0, 10, n), 0, 100),
            "arr_before_cents": np.round(100 * arr),
            "value_per_hour_cents": np.round(100 * per_hour),
            "win_probability": win,
            "segment_roi_cents": (100 * pd.Series(win * value).groupby(segment).transform("mean")).round(),
            "hours_after": hours,
            "is_worked": worked,
            "is_won_within": won,
            "is_decision_point": slot_share == 0.0,
            "slot_propensity": slot_propensity,
            "is_slot": is_slot,
        }
    )
    return Company(table, _truth(table, p, hours_if, worked))


def _truth(
    table: pd.DataFrame, p: list[np.ndarray], hours: tuple[np.ndarray, np.ndarray], worked: np.ndarray
) -> dict[str, float]:
    """Expected contribution per hour of each policy, the deals as they are."""
    cell = table.groupby(["owner_user_id", "week_index"]).ngroup().to_numpy()
    places = np.bincount(cell, weights=worked.astype(float))
    parked = np.where(table["play"] == "Park", -1e12, 0.0)
    orders = {
        "plays": table["value_per_hour_cents"].to_numpy() + parked,
        "by_amount": table["arr_cents"].to_numpy(),
        "by_win": table["win_probability"].to_numpy(),
        "by_segment": table["segment_roi_cents"].to_numpy(),
    }
    out = {}
    for policy in POLICIES:
        share = worked.astype(float) if policy == AS_DONE else chosen(orders[policy], cell, places)
        contribution = table["lifecycle_value_cents"].to_numpy() * (share * p[1] + (1 - share) * p[0])
        spent = (share * hours[1] + (1 - share) * hours[0]) * np.exp(0.02)
        out[policy] = float(contribution.sum() / spent.sum()) / 100
    return out
