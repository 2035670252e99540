"""Sampling variance of a ratio of sums from customer buckets, and the variance between segments."""

import numpy as np

from orchestration.inference.frames import Floats


def jackknife_ratio(top: Floats, bottom: Floats) -> tuple[Floats, Floats]:
    """Ratio of sums and its delete-a-bucket jackknife covariance (Efron and Tibshirani 1993, ch. 11).

    Args:
        top, bottom: sums by quantity and bucket, shape (quantities, buckets).

    Returns:
        Ratio, shape (quantities,), NaN where the denominator is 0; covariance, shape (quantities,
        quantities), NaN in the rows of quantities that fewer than two buckets inform.
    """
    total = bottom.sum(axis=1)
    ratio = np.divide(top.sum(axis=1), total, out=np.full(total.shape, np.nan), where=total > 0)
    left = total[:, None] - bottom
    # A bucket that holds the whole denominator cannot be left out; the estimate then keeps its full value.
    without = np.divide(
        top.sum(axis=1)[:, None] - top, left, out=np.tile(ratio[:, None], (1, top.shape[1])), where=left > 0
    )
    used = bottom.any(axis=0)
    count = int(used.sum())
    gap = without[:, used] - without[:, used].mean(axis=1, keepdims=True) if count else np.zeros((top.shape[0], 0))
    covariance = (count - 1) / count * (gap @ gap.T) if count > 1 else np.full((top.shape[0],) * 2, np.nan)
    thin = (bottom > 0).sum(axis=1) < 2
    covariance[thin, :] = np.nan
    covariance[:, thin] = np.nan
    return ratio, np.asarray(covariance, dtype=np.float64)


def between_variance(mean: Floats, variance: Floats, *, floor: float) -> float:
    """Variance between segments by the method of moments (DerSimonian and Laird 1986), at least `floor`."""
    known = np.isfinite(mean) & np.isfinite(variance) & (variance > 0)
    mean, variance = mean[known], variance[known]
    if mean.size < 2:
        return floor
    weight = 1.0 / variance
    centre = np.sum(weight * mean) / np.sum(weight)
    excess = np.sum(weight * (mean - centre) ** 2) - (mean.size - 1)
    return max(floor, float(excess / (np.sum(weight) - np.sum(weight**2) / np.sum(weight))))
