"""Sampling error of a ratio of sums from customer buckets, and the variance between segments."""

from collections.abc import Callable

import numpy as np

from orchestration.inference.frames import Floats


def leave_one_out(
    top: Floats, bottom: Floats, added_top: float = 0.0, added_bottom: float = 0.0
) -> tuple[Floats, Floats]:
    """Ratio of sums, and the same without each bucket.

    Args:
        top, bottom: sums by quantity and bucket, shape (quantities, buckets).
        added_top, added_bottom: added to every sum, for logarithms of what may be zero.

    Returns:
        Ratio, shape (quantities,), NaN where the denominator is not above 0; ratio without each bucket, shape
        (quantities, buckets).
    """
    total = bottom.sum(axis=1)
    ratio = np.divide(
        top.sum(axis=1) + added_top, total + added_bottom, out=np.full(total.shape, np.nan), where=total > 0
    )
    left = total[:, None] - bottom
    # A bucket that holds the whole denominator cannot be left out; the estimate then keeps its full value.
    without = np.divide(
        top.sum(axis=1)[:, None] - top + added_top,
        left + added_bottom,
        out=np.tile(ratio[:, None], (1, top.shape[1])),
        where=left > 0,
    )
    return ratio, without


def jackknife_gaps(without: Floats, used: Floats) -> Floats:
    """Deviations of the leave-one-out estimates, scaled so that their outer product is the jackknife covariance
    (Efron and Tibshirani 1993, ch. 11); 0 for buckets that inform nothing.

    Args:
        without: shape (quantities, buckets). used: whether a bucket informs a quantity, shape alike.
    """
    informs = used > 0
    count = informs.sum(axis=1, keepdims=True)
    centre = np.divide(
        np.where(informs, without, 0.0).sum(axis=1, keepdims=True), count, out=np.zeros(count.shape), where=count > 0
    )
    gap = np.where(informs, without - centre, 0.0)
    scaled: Floats = gap * np.sqrt(np.divide(count - 1, count, out=np.zeros(count.shape), where=count > 0))
    return scaled


def jackknife_ratio(
    top: Floats, bottom: Floats, transform: Callable[[Floats], Floats] | None = None
) -> tuple[Floats, Floats]:
    """Ratio of sums and its delete-a-bucket jackknife covariance.

    Args:
        top, bottom: sums by quantity and bucket, shape (quantities, buckets).
        transform: scale on which both are wanted, such as a logarithm.

    Returns:
        Ratio, shape (quantities,), NaN where the denominator is 0; covariance, shape (quantities,
        quantities), NaN in the rows of quantities that fewer than two buckets inform.
    """
    ratio, without = leave_one_out(top, bottom)
    if transform is not None:
        ratio, without = transform(ratio), transform(without)
    gap = jackknife_gaps(without, (bottom > 0).astype(np.float64))
    covariance = gap @ gap.T
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
