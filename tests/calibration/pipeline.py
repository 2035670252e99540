"""Open deals week by week, with the chance of winning that the whole path so far implies.

The outcome is drawn first, the path given the outcome, week by week and independently. The likelihood ratio of all
that has been seen is then exact, and with it the best probability anybody could name. `plain`: static log odds add
up, signals speak alike in all stages. `tangled`: stakeholders help up to a point and only without a competitor,
contacts speak early, activity late.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

N_STAGES = 5
_FIRST_MONDAY = pd.Timestamp("2022-01-03")
_MOST_WEEKS = 60
_SEGMENT_LIFT = np.array([0.5, 0.2, 0.0, -0.2, -0.4, 0.3])


@dataclass(frozen=True)
class Pipeline:
    """Weekly snapshots of decided deals in the columns of sample_opportunity_week, `oracle` beside them.

    `created_week` counts from the first one.
    """

    weeks: pd.DataFrame
    oracle: np.ndarray
    created_week: np.ndarray

    def part(self, rows: np.ndarray) -> "Pipeline":
        return Pipeline(self.weeks[rows].reset_index(drop=True), self.oracle[rows], self.created_week[rows])


def make_pipeline(world: str, seed: int, deals: int, weeks: int = 156) -> Pipeline:
    """Draw `deals` deals created within `weeks` weeks, all of them followed to their end."""
    rng = np.random.default_rng([seed, deals, weeks, len(world)])
    tangled = world == "tangled"
    segment = rng.choice(6, deals, p=[0.28, 0.22, 0.18, 0.14, 0.10, 0.08])
    people = 1 + rng.poisson(2.5, deals)
    competitor = rng.random(deals) < 0.4
    help_of_people = np.where(competitor, 0.0, 0.45) * (np.minimum(people, 4) - 3) if tangled else 0.18 * (people - 3.5)
    logit = -0.8 + 1.5 * _SEGMENT_LIFT[segment] + help_of_people - 0.3 * competitor
    won = rng.random(deals) < 1.0 / (1.0 + np.exp(-logit))
    created = rng.integers(0, weeks, deals)
    horizon = rng.integers(6, 20, deals)
    state = {
        "stage": np.zeros(deals, dtype=int),
        "entered": np.zeros(deals, dtype=int),
        "pushes": np.zeros(deals, dtype=int),
        "new_people": np.zeros(deals, dtype=int),
    }
    log_ratio = logit.copy()
    days, contacts, moves = (np.zeros((deals, _MOST_WEEKS), dtype=int) for _ in range(3))
    is_open = np.ones(deals, dtype=bool)
    out = []

    def seen(p_won: np.ndarray, p_lost: np.ndarray, tries: int, speaks: np.ndarray) -> np.ndarray:
        """Binomial counts that differ between won and lost deals where they speak; adds to the log ratio."""
        p_lost = np.where(speaks, p_lost, p_won)
        count = rng.binomial(tries, np.where(won, p_won, p_lost))
        log_ratio[:] += np.where(
            is_open,
            count * np.log(p_won / p_lost) + (tries - count) * np.log((1 - p_won) / (1 - p_lost)),
            0.0,
        )
        return count

    everywhere, full = np.ones(deals, dtype=bool), np.ones(deals)
    for week in range(_MOST_WEEKS):
        early = state["stage"] < 2
        fades = max(0.22, 0.34 - 0.006 * week)
        days[:, week] = seen(0.38 * full, fades * full, 3, ~early if tangled else everywhere)
        contacts[:, week] = seen(0.30 * full, 0.24 * full, 6, early if tangled else everywhere)
        moving = state["stage"] < N_STAGES - 1
        step = np.where(moving, seen(0.24 * full, 0.17 * full, 1, moving), 0)
        moves[:, week] = step
        state["stage"] += step
        state["entered"] = np.where(step > 0, week, state["entered"])
        state["pushes"] += seen(0.05 * full, 0.085 * full, 1, everywhere)
        state["new_people"] += seen(0.08 * full, 0.06 * full, 1, everywhere)
        # decided this week or still open; lost deals linger
        ready = 0.015 + 0.03 * state["stage"]
        decided = seen(1.25 * ready, ready, 1, everywhere) > 0
        is_open &= ~decided
        at = np.flatnonzero(is_open)
        if not at.size:
            break
        recent, older = slice(max(0, week - 3), week + 1), slice(max(0, week - 11), max(0, week - 3))
        out.append(
            pd.DataFrame(
                {
                    "deal": at,
                    "oracle": 1.0 / (1.0 + np.exp(-log_ratio[at])),
                    "snapshot_on": _FIRST_MONDAY + pd.to_timedelta(7 * (created[at] + week + 1), unit="D"),
                    "is_won": won[at].astype(int),
                    "stage_position": state["stage"][at] / N_STAGES,
                    "stage_age_weeks": (week - state["entered"][at] + 1).astype(float),
                    "deal_age_weeks": week + 1.0,
                    "active_days_28d": days[at, recent].sum(axis=1).astype(float),
                    "active_days_prior_56d": days[at, older].sum(axis=1).astype(float),
                    "contacts_28d": contacts[at, recent].sum(axis=1).astype(float),
                    "stakeholder_count": (people + state["new_people"])[at].astype(float),
                    "push_count": state["pushes"][at].astype(float),
                    "days_past_close_date": np.maximum(0, 7.0 * (week - horizon[at] - 4 * state["pushes"][at])),
                    "stage_moves_28d": moves[at, recent].sum(axis=1).astype(float),
                    "has_competitor": competitor[at].astype(float),
                }
            )
        )
    table = pd.concat(out, ignore_index=True)
    # deals still open after more than a year are not decided
    table = table[~is_open[table["deal"]]].sort_values(["deal", "deal_age_weeks"]).reset_index(drop=True)
    deal = table.pop("deal").to_numpy()
    oracle = table.pop("oracle").to_numpy()
    table.insert(0, "opportunity_id", [f"006W{i:014d}" for i in deal])
    table["segment_id"] = np.array([f"S{i + 1}" for i in range(6)])[segment[deal]]
    table["sample_weight"] = 1.0 / np.bincount(deal)[deal]
    return Pipeline(table, oracle, created[deal])


def log_loss(p: np.ndarray, pipeline: Pipeline, *, each_deal_once: bool = False) -> float:
    """Mean log loss over open weeks.

    Every open week counts once, as open deals do on the day somebody looks at them. With `each_deal_once` the weeks of
    a deal weigh one together; that weight knows how long the deal will stay open, so even the oracle is off under it.
    """
    won = pipeline.weeks["is_won"].to_numpy()
    weight = pipeline.weeks["sample_weight"].to_numpy() if each_deal_once else np.ones(won.size)
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.average(won * np.log(p) + (1 - won) * np.log1p(-p), weights=weight))
