"""What is true of a segment: the mean over very many new deals of their own true curves."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from tests.calibration.worlds import Deals, Drift, draw_deals, onboarding_factor

HORIZON = 60
TERMS = ("monthly", "annual", "multi", "unknown")
_CHUNK = 50_000


@dataclass(frozen=True)
class Population:
    """New deals of a world without drift, each with its own truth.

    Attributes:
        deals: as drawn (`hazard` emptied). alive: probability to be active in months 0..60, shape (deals, 61), float32.
        leaves: one draw of the age at which the customer goes.
    """

    deals: Deals
    alive: np.ndarray
    leaves: np.ndarray

    def contribution_12m(self) -> np.ndarray:
        """Realised contribution of the first twelve months per 1 of starting ARR, one draw per deal."""
        months = np.minimum(self.leaves, 12)
        load = np.concatenate([[0.0], np.cumsum(onboarding_factor(np.arange(12)))])
        return self.deals.margin * months / 12 - self.deals.care * load[months]


@lru_cache(maxsize=4)
def population(world: str, n: int = 300_000, seed: int = 987_654) -> Population:
    """Draw the deals of a world by which everything is judged; the same for every caller."""
    rng = np.random.default_rng(seed)
    parts, alive = [], []
    for _ in range(n // _CHUNK):
        deals = draw_deals(world, _CHUNK, rng, np.zeros(_CHUNK), Drift(), HORIZON)
        stay = np.cumprod(1.0 - deals.hazard, axis=1, dtype=np.float64)
        alive.append(np.column_stack([np.ones(_CHUNK), stay]).astype(np.float32))
        parts.append(deals)
    together = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Deals.__dataclass_fields__
        if name not in ("signals", "hazard")
    }
    deals = Deals(
        signals=pd.concat([part.signals for part in parts], ignore_index=True),
        hazard=np.empty((0, HORIZON), dtype=np.float32),
        **together,
    )
    stays = np.concatenate(alive)
    leaves = 1 + (stays[:, 1:] > rng.random(len(stays))[:, None]).sum(axis=1)
    return Population(deals, stays, leaves)


@dataclass(frozen=True)
class Truth:
    """Per segment: `values` (segment by quantity), `hazard` by (segment, term type), shape (60,), and the share of each
    term type among the segment's deals."""

    values: pd.DataFrame
    hazard: dict[tuple[str, str], np.ndarray]
    term_share: dict[tuple[str, str], float]


def truth_of(people: Population, segment: np.ndarray) -> Truth:
    """Truth of every segment. Rates per ARR are ratios of sums over customers, so large customers weigh more."""
    deals, alive = people.deals, people.alive
    names, home = np.unique(segment, return_inverse=True)
    n, g = len(home), len(names)
    rows = np.arange(n)

    def total(weight: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(csr_matrix((weight.astype(np.float32), (home, rows)), shape=(g, n)) @ matrix, dtype=float)

    arr = deals.arr / deals.arr.mean()
    month = np.arange(HORIZON)
    count = np.bincount(home, minlength=g)[:, None]
    mean_alive = total(np.ones(n), alive) / count
    paid, cost = total(arr, alive), total(arr * deals.care, alive)
    earned = total(arr * deals.margin, alive)
    shape = onboarding_factor(month)
    # expansions compound, so ARR in force at an age weighs margins and support of that age
    growth = (1.0 + deals.grows * deals.ratio).astype(np.float32)[:, None] ** np.arange(12, dtype=np.float32)
    first_year = alive[:, :12] * growth
    paid_g, earned_g = total(arr, first_year), total(arr * deals.margin, first_year)
    cost_g = total(arr * deals.care, first_year)
    base = np.bincount(home, weights=arr, minlength=g)
    never = (1.0 - deals.grows).astype(np.float32)[:, None] ** np.arange(12, dtype=np.float32)
    expands = (alive[:, 1:13] * never).sum(axis=1) * deals.grows
    exposure = deals.grows * alive[:, 1:].sum(axis=1)
    events = np.bincount(home, weights=exposure, minlength=g)
    values = pd.DataFrame(
        {
            "survival_12m": mean_alive[:, 12],
            "survival_24m": mean_alive[:, 24],
            "rmst_36m": mean_alive[:, :36].sum(axis=1),
            "life_years": mean_alive[:, :HORIZON].sum(axis=1) / 12,
            "gross_margin_rate": earned_g.sum(axis=1) / paid_g.sum(axis=1),
            "support_cost_per_arr_year": 12 * (cost_g * shape[:12]).sum(axis=1) / paid_g.sum(axis=1),
            "contribution_per_arr_12m": ((earned / 12)[:, :12] - cost[:, :12] * shape[:12]).sum(axis=1) / base,
            "contribution_per_arr_24m": ((earned / 12)[:, :24] - cost[:, :24] * shape[:24]).sum(axis=1) / base,
            "expand_prob_12m": np.bincount(home, weights=expands, minlength=g) / count[:, 0],
            "expansion_value_per_arr": np.bincount(home, weights=exposure * deals.ratio, minlength=g) / events,
            # the same first year where every customer weighs one
            "contribution_per_customer_12m": np.bincount(
                home,
                weights=(alive[:, :12] * (deals.margin[:, None] / 12 - deals.care[:, None] * shape[:12])).sum(axis=1),
                minlength=g,
            )
            / count[:, 0],
            "arr_retained_12m": paid[:, 12] / base,
        },
        index=pd.Index(names, name="segment_id"),
    )
    hazard, share = {}, {}
    for term in TERMS:
        chosen = (deals.term_type == term).astype(float)
        stays, size = total(chosen, alive), np.bincount(home, weights=chosen, minlength=g)
        for i, name in enumerate(names):
            share[name, term] = float(size[i] / count[i, 0])
            if size[i] > 0:
                hazard[name, term] = 1.0 - stays[i, 1:] / np.maximum(stays[i, :-1], 1e-12)
    return Truth(values, hazard, share)
