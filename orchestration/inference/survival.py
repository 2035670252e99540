"""From survival to what a month starts with and to its hazard.

Belongs here: the arithmetic between the two, for draws in rows and months in columns, where a later age stands on the
curve, and nothing of any model.
"""

import numpy as np
import numpy.typing as npt

from orchestration.inference.constants import HORIZON_MONTHS
from orchestration.inference.frames import Floats

_YEAR = 12


def age_on_curve(age_month: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Age month 1..60 that stands for any later one: the same month of the curve's last year."""
    start = HORIZON_MONTHS - _YEAR + 1
    return np.where(age_month <= HORIZON_MONTHS, age_month, start + (age_month - start) % _YEAR)


def ages_ahead(start_age: int) -> npt.NDArray[np.int64]:
    """Positions on a curve of age months 1..60 that the 60 months after age `start_age` stand at, shape (60,)."""
    return age_on_curve(start_age + np.arange(1, HORIZON_MONTHS + 1)) - 1


def survival_from(survival: Floats, start_age: int) -> Floats:
    """Survival at the end of months 1..60 of those alive at the end of age month `start_age`, shape (draws, 60).

    Args:
        survival: of a new customer at the end of age months 1..60. Later ages stand where `age_on_curve` puts them.
    """
    if start_age == 0:
        return survival
    leaving = monthly_hazard(survival)[:, ages_ahead(start_age)]
    return np.asarray(np.cumprod(1.0 - leaving, axis=1), dtype=np.float64)


def alive_months(survival: Floats) -> Floats:
    """Probability to be active in months 0..n-1, from survival at the end of months 1..n; shape (draws, n) each."""
    return np.column_stack([np.ones(survival.shape[0]), survival[:, :-1]])


def stay_rates(survival: Floats, *, gone: float) -> Floats:
    """Probability to stay through each month of those active at its start, shape (draws, n).

    Args:
        survival: at the end of months 1..n, shape (draws, n).
        gone: what is said of a month that nobody is left to live.
    """
    before = alive_months(survival)
    rates: Floats = np.divide(survival, before, out=np.full_like(survival, gone), where=before > 0)
    return rates


def monthly_hazard(survival: Floats) -> Floats:
    """Probability to leave within each month, 0 where nobody is left; shape (draws, n)."""
    return 1.0 - stay_rates(survival, gone=1.0)
