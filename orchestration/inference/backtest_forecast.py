"""What the fitted posteriors say about customers of a given segment, term and age over the next twelve months.

A customer of age a (months since its start, 0 = its first month) is watched in age months a + 1 to a + 12. It is
active at the end of age month a + j with probability S(a + j) / S(a), so a customer that is still there is judged
by the curve of its age. Past age month 60 the last year of the curve repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orchestration.inference.constants import HORIZON_MONTHS, N_DRAWS
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.money import MoneyPosterior

YEAR = 12
HORIZONS = (3, 6, 12)
# Every second draw: intervals of whole segments do not need more, and a backtest fits many times.
THIN = 2
Ints = npt.NDArray[np.int64]


def age_on_curve(age_month: Ints) -> Ints:
    """Age month 1..60 that stands for any later one: the same month of the curve's last year."""
    start = HORIZON_MONTHS - YEAR + 1
    return np.where(age_month <= HORIZON_MONTHS, age_month, start + (age_month - start) % YEAR)


@dataclass(frozen=True)
class Cells:
    """Draws for cells of customers that share segment, term and age; each of shape (250, cells).

    Attributes:
        left: by horizon in months, the probability to have left by its end.
        expanded: probability of at least one expansion within twelve months, leaving being a competing end.
        margin, revenue, support: per 1 of ARR at the start, sums over twelve months; NaN where unknown.
    """

    left: dict[int, Floats]
    expanded: Floats
    margin: Floats
    revenue: Floats
    support: Floats


@dataclass
class Life:
    """The posteriors of one origin, read month by month."""

    hazard: HazardPosterior
    expansion: ExpansionPosterior
    money: MoneyPosterior
    _monthly: dict[tuple[str, str], Floats] = field(default_factory=dict)

    def monthly_hazard(self, segment_id: str, term_type: str) -> Floats:
        """Draws of the chance to leave in age month 1..60, shape (250, 60)."""
        key = (segment_id, term_type)
        if key not in self._monthly:
            survival = self.hazard.survival_draws(segment_id, term_type)[::THIN]
            before = np.column_stack([np.ones(len(survival)), survival[:, :-1]])
            self._monthly[key] = 1.0 - np.divide(survival, before, out=np.ones_like(survival), where=before > 0)
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
        shape = (N_DRAWS // THIN, len(segment))
        left = {horizon: np.empty(shape) for horizon in HORIZONS}
        expanded, margin, revenue, support = (np.empty(shape) for _ in range(4))
        steps = np.arange(1, YEAR + 1)
        for s, t, at in _by_curve(segment, term):
            ahead = age_on_curve(age[at][:, None] + steps) - 1
            stays = np.cumprod(1.0 - self.monthly_hazard(s, t)[:, ahead], axis=2)
            for horizon in HORIZONS:
                left[horizon][:, at] = 1.0 - stays[:, :, horizon - 1]
            e, m = self.expansion.segments.index(s), self.money.segments.index(s)
            grows = self.expansion.hazard[e][::THIN][:, ahead]
            none_by = np.cumprod(1.0 - grows, axis=2)
            expanded[:, at] = stays[:, :, 0] * grows[:, :, 0]
            expanded[:, at] += np.einsum("dcj,dcj,dcj->dc", stays[:, :, 1:], none_by[:, :, :-1], grows[:, :, 1:])
            added = np.cumsum(grows, axis=2) * self.expansion.value[e][::THIN][:, None, None]
            active, month = stays, np.minimum(age[at][:, None] + steps, HORIZON_MONTHS - 1)
            if is_new:
                first = np.ones((*stays.shape[:2], 1))
                active = np.concatenate([first, stays[:, :, :-1]], axis=2)
                added = np.concatenate([0.0 * first, added[:, :, :-1]], axis=2)
                month = month - 1
            earned = active * (1.0 + added) / YEAR
            revenue[:, at] = earned.sum(axis=2)
            margin[:, at] = np.einsum("dcj,dcj->dc", earned, self.money.margin[m][::THIN][:, month])
            support[:, at] = np.einsum("dcj,dcj->dc", active, self.money.support[m][::THIN][:, month])
        return Cells(left, expanded, margin, revenue, support)


def _by_curve(segment: list[str], term: list[str]) -> Iterator[tuple[str, str, Ints]]:
    """Each segment and term once, with the cells that have them."""
    names, terms = np.array(segment, dtype=object), np.array(term, dtype=object)
    for s, t in sorted(set(zip(segment, term, strict=True))):
        yield s, t, np.flatnonzero((names == s) & (terms == t))
