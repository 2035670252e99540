"""How likely a segment is better than the average of the company.

Read draw by draw, since draw i of both belongs to the same state of the world.
"""

from typing import Literal

import numpy as np

from orchestration.inference.frames import Floats

Better = Literal["higher", "lower"]


def probability_better(draws: Floats, company: Floats, better: Better) -> Floats:
    """Share of draws in which the segment is on the good side of the company; ties count one half.

    Args:
        draws, company: draws in rows, shape (500, ...); NaN where nothing is known. The company holds the segment.
        better: which direction is good.

    Returns:
        Probabilities 0 to 1 of shape (...); NaN where either is unknown, and for the company itself.
    """
    if draws is company:
        return np.full(draws.shape[1:], np.nan)
    with np.errstate(invalid="ignore"):
        above = ((draws > company) + 0.5 * (draws == company)).mean(axis=0)
    known = ~(np.isnan(draws) | np.isnan(company)).any(axis=0)
    share: Floats = np.where(known, above if better == "higher" else 1.0 - above, np.nan)
    return share
