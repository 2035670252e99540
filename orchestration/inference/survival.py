"""From survival to what a month starts with and to its hazard.

Belongs here: the arithmetic between the two, for draws in rows and months in columns, and nothing of any model.
"""

import numpy as np

from orchestration.inference.frames import Floats


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
