"""Requests that the deal desk decided at random: difference in means, where the arms are alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.inference.frames import Bools, Floats


@dataclass(frozen=True)
class Trial:
    """One outcome of a randomised decision.

    Attributes:
        mean, se: difference in log odds (binary) or in means, granted less refused; NaN without both outcomes.
        points: difference in means. n_granted, n_refused: deals by arm.
        imbalance_p: p value of the least balanced of what came before, times how many were looked at.
        win_gap: difference in the share won where the outcome comes after winning, else 0.
    """

    mean: float
    se: float
    points: float
    n_granted: int
    n_refused: int
    imbalance_p: float
    win_gap: float

    def is_usable(self, limits: Mapping[str, float]) -> bool:
        """Whether both arms are large and alike, and winning did not pick among them."""
        return (
            np.isfinite(self.mean)
            and self.se > 0.0
            and min(self.n_granted, self.n_refused) >= limits["trial_arm_min"]
            and self.imbalance_p >= limits["trial_imbalance_p_min"]
            and self.win_gap <= limits["trial_win_gap_max"]
        )


def _difference(values: Floats, granted: Bools) -> tuple[float, float]:
    """Difference in means and its standard error (Welch)."""
    one, other = values[granted], values[~granted]
    if min(one.size, other.size) < 2:
        return float("nan"), float("nan")
    variance = one.var(ddof=1) / one.size + other.var(ddof=1) / other.size
    return float(one.mean() - other.mean()), float(np.sqrt(variance))


def _imbalance(before: Mapping[str, Floats], granted: Bools) -> float:
    """Bonferroni p value over everything that was known before the decision, and over what was missing."""
    from scipy.stats import norm

    smallest, n_looked = 1.0, 0
    for values in before.values():
        known = ~np.isnan(values)
        for part, arm in ((values[known], granted[known]), (known.astype(np.float64), granted)):
            gap, se = _difference(part, arm)
            if se > 0.0:
                n_looked += 1
                smallest = min(smallest, float(2.0 * norm.sf(abs(gap) / se)))
    return min(1.0, smallest * max(n_looked, 1))


def measure_trial(
    y: Floats,
    granted: Bools,
    before: Mapping[str, Floats],
    *,
    is_binary: bool,
    is_after_winning: bool,
    won: Floats,
) -> Trial:
    """Compare granted with refused requests.

    Args:
        y: outcome by deal, NaN where it does not exist yet. granted: by deal. before: what was known before.
        is_after_winning: the outcome exists for won deals only, so the arms must have been won alike.
    """
    known = ~np.isnan(y)
    points, se_points = _difference(y[known], granted[known])
    mean, se = points, se_points
    if is_binary:
        counts = [(float(part.sum()), float(part.size)) for part in (y[known & granted], y[known & ~granted])]
        mean, se = float("nan"), float("nan")
        if all(0.0 < k < n for k, n in counts):
            (k1, n1), (k0, n0) = counts
            mean = float(np.log(k1 / (n1 - k1)) - np.log(k0 / (n0 - k0)))
            se = float(np.sqrt(1 / k1 + 1 / (n1 - k1) + 1 / k0 + 1 / (n0 - k0)))
    gap = abs(_difference(won, granted)[0]) if is_after_winning else 0.0
    n_granted = int((known & granted).sum())
    return Trial(mean, se, points, n_granted, int(known.sum()) - n_granted, _imbalance(before, granted), gap)
