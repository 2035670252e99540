"""Partial pooling of a few numbers per segment whose sampling error is known only from customer buckets.

    y_s ~ N(theta_s, V_s)      theta_s = m + a_s + e_s,   a_s ~ N(0, t_a^2) for all bands alike
    e_s and m walk at random from band to band (steps t_e and `step_sd`), so a band nobody has reached continues its
    neighbour
    t_a, t_e ~ half-Cauchy, on a grid, so that what six segments cannot say about them widens every interval
    (Gelman et al., "Bayesian Data Analysis", 5.4); V_s is uncertain as a variance from few buckets is: scaled
    inverse chi-squared, which gives Student tails.

Given (m, t_a, t_e) the segments are independent; each draws from its own random stream.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.inference.constants import N_DRAWS, POOLED
from orchestration.inference.frames import Bools, Floats
from orchestration.inference.jackknife import jackknife_gaps
from orchestration.inference.streams import stream

# Prior degrees of freedom that pull a segment's variance to what all segments say, per unit of size, and those that
# pull what all segments say to the prior.
_VARIANCE_FREEDOM = 16.0
_UNIT_FREEDOM = 4.0
# Student tails are never heavier than this.
_FEWEST_FREEDOM = 3.0
# Share of a segment's own correlations between bands that is kept; the rest is that of all segments.
_OWN_CORRELATION = 0.3
_GRID_LEVEL = np.geomspace(0.03, 4.0, 18)
# Not near zero: from a few noisy segments no one can tell that all go the same way with age.
_GRID_BAND = np.geomspace(0.25, 4.0, 7)


@dataclass(frozen=True)
class Estimates:
    """What each segment's own data say.

    Attributes:
        mean: shape (segments, bands), NaN where nothing is known.
        covariance: sampling covariance, shape (segments, bands, bands); finite where both means are.
        freedom: degrees of freedom of that covariance, shape (segments,).
        lean: a sixth of the skewness of the estimate, shape (segments, bands): a few giants make a sample without
            them look cheap and exact, so the interval has to reach further to their side.
    """

    mean: Floats
    covariance: Floats
    freedom: Floats
    lean: Floats


@dataclass(frozen=True)
class PoolPrior:
    """Prior of the level and its steps over bands, and scales of the differences between segments.

    Attributes:
        mean, sd: of the first band's level over all segments. step_sd: of the change from band to band.
        level_scale, band_scale: half-Cauchy scales of t_a and t_e.
    """

    mean: float
    sd: float
    step_sd: float
    level_scale: float
    band_scale: float

    def level(self, n_bands: int) -> tuple[Floats, Floats]:
        """Mean, shape (bands,), and covariance, shape (bands, bands), of the level over bands."""
        covariance: Floats = self.sd**2 + self.step_sd**2 * _steps(n_bands) + 1e-12 * np.eye(n_bands)
        return np.full(n_bands, self.mean), covariance


def _steps(n_bands: int) -> Floats:
    """Covariance of a random walk that starts at 0 in the first band, shape (bands, bands)."""
    return np.minimum.outer(np.arange(n_bands), np.arange(n_bands)).astype(np.float64)


def _inverse(matrices: Floats) -> Floats:
    inverse = np.linalg.inv(matrices)
    return np.asarray(0.5 * (inverse + np.swapaxes(inverse, -1, -2)), dtype=np.float64)


def _gaussian(rng: np.random.Generator, mean: Floats, covariance: Floats) -> Floats:
    """One draw per leading index: mean (draws, bands), covariance (draws, bands, bands) or one for all."""
    n_bands = mean.shape[-1]
    size = np.einsum("...ii->...", covariance)[..., None, None] / n_bands
    root = np.linalg.cholesky(covariance + (1e-9 * size + 1e-15) * np.eye(n_bands))
    noise = np.einsum("...ij,...j->...i", root, rng.standard_normal((N_DRAWS, n_bands)))
    return np.asarray(mean + noise, dtype=np.float64)


def _conditional(rng: np.random.Generator, estimates: Estimates, s: int, mean: Floats, between: Floats) -> Floats:
    """Draws of theta_s, shape (draws, bands), given its prior in each: mean (draws, bands), between (draws, bands,
    bands).
    """
    seen = np.flatnonzero(np.isfinite(estimates.mean[s]))
    chi = rng.chisquare(estimates.freedom[s], N_DRAWS) / estimates.freedom[s]
    if seen.size == 0:
        return _gaussian(rng, mean, between)
    noise = estimates.covariance[s][np.ix_(seen, seen)]
    of_seen = between[:, seen, :]
    gain = np.swapaxes(np.linalg.solve(of_seen[:, :, seen] + noise / chi[:, None, None], of_seen), 1, 2)
    centre = mean + np.einsum("dij,dj->di", gain, estimates.mean[s][seen] - mean[:, seen])
    left = between - gain @ of_seen
    return _leaning(_gaussian(rng, centre, 0.5 * (left + np.swapaxes(left, 1, 2))), estimates, s)


def _leaning(draws: Floats, estimates: Estimates, s: int) -> Floats:
    """Draws with the skewness of a studentised mean (Johnson 1978; Hall 1992), as far as own data made them:

        estimate + sd (z + k (2 z^2 + 1)), k a sixth of the skewness, on the side to which it leans.

    On the other side only the constant is kept: 32 buckets understate a skewness, so the correction may widen but
    never narrow.
    """
    sd = draws.std(axis=0)
    z = np.divide(draws - draws.mean(axis=0), sd, out=np.zeros_like(draws), where=sd > 0)
    variance = np.einsum("ii->i", estimates.covariance[s])
    own = np.where(np.isfinite(estimates.mean[s]), np.minimum(1.0, sd**2 / np.maximum(variance, 1e-300)), 0.0)
    lean = estimates.lean[s]
    leaning: Floats = draws + own * sd * lean * (2.0 * np.where(lean * z > 0, z, 0.0) ** 2 + 1.0)
    return leaning


def tail_freedom(gap: Floats) -> float:
    """Degrees of freedom of a jackknife variance, from the kurtosis of its gaps: few when one bucket rules it.

    Args:
        gap: shape (quantities, buckets), scaled as `jackknife_gaps` gives them.
    """
    size = np.sqrt((gap**2).sum(axis=1, keepdims=True))
    square = np.divide(gap, size, out=np.zeros_like(gap), where=size > 0).sum(axis=0) ** 2
    if square.sum() <= 0:
        return 0.0
    n = int(np.count_nonzero(gap.any(axis=0)))
    kurtosis = n * float((square**2).sum()) / float(square.sum()) ** 2
    return float(np.clip(2.0 * n / max(kurtosis - 1.0, 1e-9), 0.0, n - 1.0))


def bucket_estimates(
    mean: Floats,
    without: Floats,
    used: Bools,
    size: Floats,
    *,
    floor: float,
    unit_variance: float,
) -> Estimates:
    """Sampling covariance from customer buckets, its variances smoothed over segments.

    32 buckets tell a variance badly, and a lucky sample looks cheap and exact at once. So the variance times the size
    is pulled to what all segments have in common, and so are the correlations between bands.

    Args:
        mean: shape (segments, bands), the pool last. without: the same without each bucket, shape (segments, bands,
            buckets). used: whether a bucket informs it, shape alike.
        size: what the variance falls with (customer-months, events), shape (segments, bands).
        floor: least sampling standard deviation. unit_variance: variance at size 1 before any data.
    """
    n_rows, n_bands = mean.shape
    known = np.isfinite(mean)
    gaps = np.zeros(without.shape)
    freedom = np.zeros(n_rows)
    for s in range(n_rows):
        gaps[s] = np.where(known[s][:, None], jackknife_gaps(np.nan_to_num(without[s]), used[s]), 0.0)
        freedom[s] = tail_freedom(gaps[s])
    own_freedom = np.where(known, np.minimum(np.maximum((used > 0).sum(axis=2) - 1.0, 0.0), freedom[:, None]), 0.0)
    variance = (gaps**2).sum(axis=2)
    size = np.maximum(size, 1.0)
    named = slice(0, max(n_rows - 1, 1))
    unit = (np.sum((own_freedom * variance * size)[named], axis=0) + _UNIT_FREEDOM * unit_variance) / (
        own_freedom[named].sum(axis=0) + _UNIT_FREEDOM
    )
    smooth = (own_freedom * variance + _VARIANCE_FREEDOM * unit / size) / (own_freedom + _VARIANCE_FREEDOM)
    # the pool is large enough for its own variance, which also holds the mix of segments
    alone = own_freedom[-1] >= _VARIANCE_FREEDOM
    smooth[-1] = np.where(alone, variance[-1], smooth[-1])
    smooth = smooth + floor**2
    length = np.sqrt(variance)[:, :, None]
    unit_gaps = np.divide(gaps, length, out=np.zeros_like(gaps), where=length > 0)
    own = unit_gaps @ np.swapaxes(unit_gaps, 1, 2)
    total = float(freedom[named].sum())
    prior = 0.5 + 0.5 * np.eye(n_bands)
    common = 0.8 * np.einsum("s,sij->ij", freedom[named], own[named]) / total + 0.2 * prior if total > 0 else prior
    correlation = _OWN_CORRELATION * own + (1.0 - _OWN_CORRELATION) * common
    correlation[-1] = own[-1] if alone.all() else correlation[-1]
    root = np.sqrt(smooth)
    covariance = correlation * root[:, :, None] * root[:, None, :]
    at = np.arange(n_bands)
    # a band without gaps of its own has no correlation with itself either
    covariance[:, at, at] = smooth
    return Estimates(mean, covariance, np.maximum(freedom, _FEWEST_FREEDOM), _lean(gaps, freedom, named))


def _lean(gaps: Floats, freedom: Floats, named: slice) -> Floats:
    """A sixth of the skewness of each estimate, smoothed over segments, shape (segments, bands)."""
    second, third = (gaps**2).sum(axis=2), -(gaps**3).sum(axis=2)
    own = np.divide(third, second**1.5, out=np.zeros_like(second), where=second > 0)
    weight = freedom[named][:, None] * (second[named] > 0)
    total = weight.sum(axis=0)
    common = np.divide((weight * own[named]).sum(axis=0), total, out=np.zeros(total.shape), where=total > 0)
    smooth = _OWN_CORRELATION * own + (1.0 - _OWN_CORRELATION) * common
    smooth[-1] = own[-1]
    lean: Floats = np.clip(smooth / 6.0, -0.15, 0.15)
    return lean


def pooled_draws(estimates: Estimates, names: list[str], prior: PoolPrior, *, seed: int, quantity: str) -> Floats:
    """Draws of theta by segment, draw and band, shape (segments, 500, bands); the pool is the last segment.

    The pool 'all' is what was seen of everybody together and takes no part in the pooling.
    """
    n_bands = estimates.mean.shape[1]
    start, spread = prior.level(n_bands)
    out = np.empty((len(names), N_DRAWS, n_bands))
    pool = len(names) - 1
    out[pool] = _conditional(
        stream(seed, quantity, POOLED), estimates, pool, np.tile(start, (N_DRAWS, 1)), np.tile(spread, (N_DRAWS, 1, 1))
    )
    if pool == 0:
        return out
    level, band = (grid.ravel() for grid in np.meshgrid(_GRID_LEVEL, _GRID_BAND, indexing="ij"))
    # half-Cauchy, and the grid is even in the logarithm
    weight = np.log(level / (1.0 + level**2)) + np.log(band / (1.0 + band**2))
    between = (prior.level_scale * level[:, None, None]) ** 2 * np.ones((n_bands, n_bands))
    between = between + (prior.band_scale * band[:, None, None]) ** 2 * _steps(n_bands) + 1e-12 * np.eye(n_bands)
    precision = np.tile(_inverse(spread), (level.size, 1, 1))
    shift = precision @ start
    for s in range(pool):
        seen = np.flatnonzero(np.isfinite(estimates.mean[s]))
        if seen.size == 0:
            continue
        at = np.ix_(seen, seen)
        y = estimates.mean[s][seen]
        total = between[:, seen[:, None], seen[None, :]] + estimates.covariance[s][at]
        inverse = _inverse(total)
        weight = weight - 0.5 * np.linalg.slogdet(total)[1] - 0.5 * np.einsum("i,gij,j->g", y, inverse, y)
        precision[:, seen[:, None], seen[None, :]] += inverse
        shift[:, seen] += inverse @ y
    covariance = _inverse(precision)
    centre = np.einsum("gij,gj->gi", covariance, shift)
    weight = weight - 0.5 * np.linalg.slogdet(precision)[1] + 0.5 * np.einsum("gi,gi->g", shift, centre)
    share = np.exp(weight - weight.max())
    shared = stream(seed, f"{quantity}_shared", POOLED)
    chosen = np.searchsorted(np.cumsum(share / share.sum())[:-1], shared.random(N_DRAWS))
    mean = _gaussian(shared, centre[chosen], covariance[chosen])
    for s in range(pool):
        out[s] = _conditional(stream(seed, quantity, names[s]), estimates, s, mean, between[chosen])
    return out
