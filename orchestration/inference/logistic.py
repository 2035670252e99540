"""Mode of a penalised logistic regression, with as few passes over the rows as will do.

Belongs here: the search for the mode and the information it needs; what the columns and the penalties mean is up to
the caller.
"""

import numpy as np

from orchestration.inference.frames import Floats
from orchestration.inference.hierarchy import expit

_MAX_STEPS = 200
# Steps of the search below which its curvature is kept, as long as each is at most this share of the one before.
_NEAR, _SHRINKS = 0.3, 0.2


def information(x: Floats, p: Floats, weight: Floats) -> Floats:
    """What the data tell about the coefficients at probabilities `p`, shape (columns, columns)."""
    scaled = x * np.sqrt(weight * p * (1.0 - p))[:, None]
    return np.asarray(scaled.T @ scaled, dtype=np.float64)


def logistic_mode(
    x: Floats,
    y: Floats,
    weight: Floats,
    *,
    prior: Floats,
    precision: Floats,
    start: Floats | None = None,
    told: Floats | None = None,
) -> tuple[Floats, bool]:
    """Return the coefficients, shape (columns,), by Newton steps, and whether the search came to its end.

    The curvature costs more than all else, and near the mode it hardly changes: it is taken anew only while steps do
    not shrink fast. The gradient is always exact, so the mode is too.

    Args:
        x, y, weight: rows, outcomes of 0 or 1, and how often each row counts.
        prior, precision: mean and 1 / variance of each coefficient's normal prior.
        start: where the search begins; without it at the prior. told: `information` there, where it is known.
    """
    beta = (prior if start is None else start).copy()

    def loss(b: Floats, eta: Floats) -> float:
        return float(np.sum(weight * (np.logaddexp(0.0, eta) - y * eta)) + 0.5 * np.sum(precision * (b - prior) ** 2))

    eta = x @ beta
    value = loss(beta, eta)
    curvature = None if told is None else told + np.diag(precision)
    last = np.inf
    for _ in range(_MAX_STEPS):
        p = expit(eta)
        is_fresh = curvature is None
        if curvature is None:
            curvature = information(x, p, weight) + np.diag(precision)
        step = np.linalg.solve(curvature, x.T @ (weight * (y - p)) - precision * (beta - prior))
        reach = x @ step
        length = 1.0
        while (new := loss(beta + length * step, eta + length * reach)) > value + 1e-12 * (
            1.0 + abs(value)
        ) and length > 1e-6:
            length *= 0.5
        beta, eta, value = beta + length * step, eta + length * reach, new
        size = float(np.abs(length * step).max())
        if size < 1e-8:
            return beta, True
        if length < 1.0 or size > (1.0 if is_fresh else _SHRINKS) * min(last, _NEAR):
            curvature = None
        last = size
    return beta, False
