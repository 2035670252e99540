"""What the fitted posteriors say about customers of a given segment, term and age over the next twelve months.

A customer of age a (months since its start, 0 = its first month) is watched in age months a + 1 to a + 12. It is
active at the end of age month a + j with probability S(a + j) / S(a), so a customer that is still there is judged
by the curve of its age. Past age month 60 the last year of the curve repeats.

As in what is published: leaving and expanding count customers, money is weighted by survival of ARR, what was added
by expansions is supported too, and a new customer's first expansion has a rate of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orchestration.inference.constants import HORIZON_MONTHS, N_DRAWS
from orchestration.inference.frames import Floats
from orchestration.inference.posteriors import Life
from orchestration.inference.survival import age_on_curve, monthly_hazard

YEAR = 12
HORIZONS = (3, 6, 12)
# Every second draw: intervals of whole segments do not need more, and a backtest fits many times.
THIN = 2
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Draws for cells of customers that share segment, term and age; each of shape (250, cells).

    Attributes:
        left: by horizon in months, the probability to have left by its end.
        expanded: probability of at least one expansion within twelve months, leaving being a competing end.
        margin, revenue, support, contribution: per 1 of ARR at the start, sums over twelve months; NaN where unknown.
    """

    left: dict[int, Floats]
    expanded: Floats
    margin: Floats
    revenue: Floats
    support: Floats
    contribution: Floats


@dataclass
class Forecaster:
    """The posteriors of one origin, read month by month."""

    life: Life
    _monthly: dict[tuple[str, str], Floats] = field(default_factory=dict)

    def monthly_hazard(self, segment_id: str, term_type: str) -> Floats:
        """Draws of the chance to leave in age month 1..60, shape (250, 60)."""
        key = (segment_id, term_type)
        if key not in self._monthly:
            survival = self.life.hazard.survival_draws(segment_id, term_type)[::THIN]
            self._monthly[key] = monthly_hazard(survival)
        return self._monthly[key]

    def next_month(self, segment: list[str], term: list[str], age: Ints) -> Floats:
        """Draws of the chance to leave in the age month itself, by cell, shape (250, cells)."""
        out = np.empty((N_DRAWS // THIN, len(segment)))
        for s, t, at in _by_curve(segment, term):
            out[:, at] = self.monthly_hazard(s, t)[:, age_on_curve(age[at]) - 1]
        return out

    def cells(self, segment: list[str], term: list[str], age: Ints, *, is_new: bool) -> Cells:
        """Draws for cells given by segment, term and age.

        Args:
            is_new: money counts from the customer's first month on (months 0..11), as of a deal just signed;
                else from the month after `age`.
        """
        expansion, money = self.life.expansion, self.life.money
        shape = (N_DRAWS // THIN, len(segment))
        left = {horizon: np.empty(shape) for horizon in HORIZONS}
        expanded, margin, revenue, support, contribution = (np.empty(shape) for _ in range(5))
        per_arr = money.arr_margin
        steps = np.arange(1, YEAR + 1)
        for s, t, at in _by_curve(segment, term):
            ahead = age_on_curve(age[at][:, None] + steps) - 1
            staying = 1.0 - self.monthly_hazard(s, t)[:, ahead]
            stays = np.cumprod(staying, axis=2)
            for horizon in HORIZONS:
                left[horizon][:, at] = 1.0 - stays[:, :, horizon - 1]
            e, m, w = (part.segments.index(s) for part in (expansion, money, self.life.size))
            # of those met later nobody knows here who has grown before
            grows = (expansion.first_hazard if is_new else expansion.hazard)[e][::THIN][:, ahead]
            none_by = np.cumprod(1.0 - grows, axis=2)
            expanded[:, at] = stays[:, :, 0] * grows[:, :, 0]
            expanded[:, at] += np.einsum("dcj,dcj,dcj->dc", stays[:, :, 1:], none_by[:, :, :-1], grows[:, :, 1:])
            rate = np.cumsum(expansion.hazard[e][::THIN][:, ahead], axis=2)
            added = rate * expansion.value[e][::THIN][:, None, None]
            of_arr = np.cumprod(staying ** self.life.size.within_term[w][::THIN][:, ahead], axis=2)
            active, month = of_arr, np.minimum(age[at][:, None] + steps, HORIZON_MONTHS - 1)
            if is_new:
                first = np.ones((*of_arr.shape[:2], 1))
                active = np.concatenate([first, of_arr[:, :, :-1]], axis=2)
                added = np.concatenate([0.0 * first, added[:, :, :-1]], axis=2)
                month = month - 1
            in_force = active * (1.0 + added)
            revenue[:, at] = in_force.sum(axis=2) / YEAR
            margin[:, at] = np.einsum("dcj,dcj->dc", in_force, money.margin[m][::THIN][:, month]) / YEAR
            support[:, at] = np.einsum("dcj,dcj->dc", in_force, money.support[m][::THIN][:, month])
            brought = np.einsum("dcj,dcj->dc", in_force, per_arr[m][::THIN][:, month]) / YEAR
            contribution[:, at] = brought - support[:, at]
        return Cells(left, expanded, margin, revenue, support, contribution)


def _by_curve(segment: list[str], term: list[str]) -> Iterator[tuple[str, str, Ints]]:
    """Each segment and term once, with the cells that have them."""
    names, terms = np.array(segment, dtype=object), np.array(term, dtype=object)
    for s, t in sorted(set(zip(segment, term, strict=True))):
        yield s, t, np.flatnonzero((names == s) & (terms == t))
