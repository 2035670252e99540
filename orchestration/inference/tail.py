"""How churn falls off beyond the oldest age that was seen: a shifted-beta-geometric tail.

Customers differ in their yearly chance to leave, and those that leave early were the likelier ones; with chances
beta distributed the hazard of year t is mu * (c + 1) / (c + t), c = gamma + delta - 1 (Fader and Hardie 2007, "How to
project customer retention"). Years of age are what is fitted, so that months, seasons and renewal months even out.

Each segment has its own c, log c ~ N(log c0, TAIL_SD^2) around the company's, log c0 ~ N(TAIL_LOG_C, TAIL_LOG_C_SD^2);
each stratum (term type) its own mu. All of it is summed on one grid of log c, so no optimiser can fail, and a c that
data cannot tell from infinity (a constant hazard) stays as uncertain as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.inference.constants import N_DRAWS, TAIL_LOG_C, TAIL_LOG_C_SD, TAIL_SD
from orchestration.inference.frames import Floats
from orchestration.inference.hierarchy import expit

# c from 0.05 years (nearly everyone who will leave does so at once) to 400 (a constant hazard)
GRID = np.linspace(np.log(0.05), np.log(400.0), 181)
_MU_LOGIT = -1.4
_MU_SD = 2.0
_STEPS = 40


@dataclass(frozen=True)
class Years:
    """Customers at risk and lost by year of age 1, 2, ... of one stratum, shape (years,) each; may be fractional."""

    at_risk: Floats
    lost: Floats


@dataclass(frozen=True)
class Fit:
    """What one stratum says about c: all arrays over the points of GRID.

    Attributes:
        log_like: log marginal likelihood of c. logit, sd: conditional mode and deviation of logit mu.
    """

    log_like: Floats
    logit: Floats
    sd: Floats


def decline(c: Floats, year: Floats) -> Floats:
    """Hazard of year t over that of year 1, (c + 1) / (c + t); broadcasts."""
    out: Floats = (c + 1.0) / (c + year)
    return out


def _slopes(years: Years, factor: Floats, logit: Floats) -> tuple[Floats, Floats, Floats]:
    """Log posterior of logit mu given c and its two derivatives, shape (grid,) each; `factor` is (grid, years)."""
    mu = expit(logit)[:, None]
    h = mu * factor
    stay = 1.0 - h
    k, n = years.lost, years.at_risk
    value = np.sum(k * np.log(h) + (n - k) * np.log(stay), axis=1)
    d_mu = mu * (1.0 - mu)
    # d log h / d logit mu = 1 - mu; d log(1 - h) = -factor * mu * (1 - mu) / (1 - h)
    first = np.sum(k * (1.0 - mu) - (n - k) * factor * d_mu / stay, axis=1)
    second = np.sum(-k * d_mu - (n - k) * factor * d_mu * ((1.0 - 2.0 * mu) * stay + factor * d_mu) / stay**2, axis=1)
    gap = logit - _MU_LOGIT
    return value - 0.5 * (gap / _MU_SD) ** 2, first - gap / _MU_SD**2, second - 1.0 / _MU_SD**2


def fit_years(years: Years) -> Fit:
    """Integrate mu out of the likelihood of one stratum at every c of GRID (Laplace in one dimension)."""
    t = np.arange(1.0, years.at_risk.size + 1.0)
    factor = decline(np.exp(GRID)[:, None], t)
    logit = np.full(GRID.size, _MU_LOGIT)
    for _ in range(_STEPS):
        _, first, second = _slopes(years, factor, logit)
        step = np.clip(first / np.maximum(-second, 1e-9), -1.0, 1.0)
        logit = np.clip(logit + step, -15.0, 15.0)
        if np.abs(step).max() < 1e-10:
            break
    value, _, second = _slopes(years, factor, logit)
    curvature = np.maximum(-second, 1e-9)
    return Fit(value - 0.5 * np.log(curvature), logit, 1.0 / np.sqrt(curvature))


def _normalised(log_weight: Floats) -> Floats:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def company_weights(log_like: Floats) -> Floats:
    """Posterior of one c under the company's prior, over GRID."""
    return _normalised(log_like - 0.5 * ((GRID - TAIL_LOG_C) / TAIL_LOG_C_SD) ** 2)


def segment_weights(log_like: Sequence[Floats]) -> list[Floats]:
    """Posterior of each segment's c over GRID, segments sharing one centre; exact on the grid."""
    kernel = np.exp(-0.5 * ((GRID[:, None] - GRID[None, :]) / TAIL_SD) ** 2)
    kernel = kernel / kernel.sum(axis=1, keepdims=True)
    # log likelihood of the centre by segment: its c averaged over the kernel around the centre
    about = np.array([np.log(np.maximum(kernel @ np.exp(one - one.max()), 1e-300)) for one in log_like])
    prior = -0.5 * ((GRID - TAIL_LOG_C) / TAIL_LOG_C_SD) ** 2
    out = []
    for s, one in enumerate(log_like):
        centre = _normalised(prior + about.sum(axis=0) - about[s])
        out.append(_normalised(one + np.log(np.maximum(centre @ kernel, 1e-300))))
    return out


def draw_c(weight: Floats, rng: np.random.Generator) -> Floats:
    """Draws of c in years, shape (500,), by the inverse of the distribution function between grid points."""
    cumulated = np.cumsum(weight)
    at = np.interp(rng.random(N_DRAWS), np.concatenate([[0.0], cumulated / cumulated[-1]]), _edges())
    return np.asarray(np.exp(at), dtype=np.float64)


def _edges() -> Floats:
    half = 0.5 * (GRID[1] - GRID[0])
    return np.concatenate([[GRID[0] - half], GRID + half])


def retention_draws(years: Years, n_years: int, rng: np.random.Generator) -> Floats:
    """Draws of the share retained after year 1, 2, ... `n_years`, fitted to one cohort alone, (500, n_years)."""
    fit = fit_years(years)
    c = draw_c(company_weights(fit.log_like), rng)
    logit = np.interp(np.log(c), GRID, fit.logit) + np.interp(np.log(c), GRID, fit.sd) * rng.standard_normal(N_DRAWS)
    hazard = expit(logit)[:, None] * decline(c[:, None], np.arange(1.0, n_years + 1.0))
    return np.asarray(np.cumprod(1.0 - hazard, axis=1), dtype=np.float64)


def extend(hazard: Floats, last_age: int, c: Floats, start: Floats) -> Floats:
    """Replace hazards beyond `last_age` by a tail.

    Args:
        hazard: monthly hazard by draw and age 1, 2, ..., shape (draws, ages).
        c: draws of c in years, shape (draws,).
        start: hazard at `last_age` from which the tail sets out, shape (draws,): without what holds at that age alone.

    The middle of year t is age 12 t - 6, so age a lies at year a / 12 + 1/2.
    """
    age = np.arange(1.0, hazard.shape[1] + 1.0)
    if last_age >= age.size:
        return hazard
    year = age / 12.0 + 0.5
    out = hazard.copy()
    ratio = (c + year[last_age - 1])[:, None] / (c[:, None] + year[None, last_age:])
    out[:, last_age:] = start[:, None] * ratio
    return out
