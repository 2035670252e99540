"""Hierarchical binomial logit: a shared part, deviations of each segment, variances from the data.

    logit p = x0'b + x1'u_s,   b ~ N(m0, P0^-1),   u_s ~ N(0, diag(sd_g^2)),   sd_g^2 ~ scaled-inv-chi2(df,
    scale_g^2)

The mode is found by Newton steps, the variances by expectation-maximisation on the Laplace approximation
(empirical Bayes; Laird 1978, Gelman et al. "Bayesian Data Analysis" 13.6). Given b the segments are
    independent, so the precision
matrix is an arrow: b is drawn from its marginal, then each u_s given b from its own random stream.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.errors import CheckFailed
from orchestration.inference.constants import HYPER_DF, N_DRAWS
from orchestration.inference.frames import Floats

_MAX_NEWTON = 60
_MAX_EM = 200


def expit(eta: Floats) -> Floats:
    """Inverse logit that does not overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * eta))


@dataclass(frozen=True)
class Design:
    """Aggregated cells.

    Attributes:
        n: exposure of each cell, shape (cells,); may be fractional (quasi-likelihood).
        k: events, shape (cells,), 0 <= k <= n.
        shared: shape (cells, p). own: shape (cells, q). segment: index of the segment, shape (cells,).
        n_segments: segments, also those without a cell.
    """

    n: Floats
    k: Floats
    shared: Floats
    own: Floats
    segment: np.ndarray
    n_segments: int


@dataclass(frozen=True)
class Prior:
    """Prior of the shared part and names of the variance groups.

    Attributes:
        mean, sd: of the shared coefficients, shape (p,); sd is ignored where `shared_group` names a group.
        shared_group: a variance group for a shared coefficient with an estimated variance, else "", length p.
        own_group: the variance group of each own coefficient, length q.
        scale: hyperprior scale of each group.
    """

    mean: Floats
    sd: Floats
    shared_group: Sequence[str]
    own_group: Sequence[str]
    scale: dict[str, float]


@dataclass(frozen=True)
class Posterior:
    """Laplace posterior of the hierarchy.

    Attributes:
        shared: mode of b, shape (p,). shared_cov: its marginal covariance, (p, p).
        own: modes of u_s, (segments, q). own_cov: covariance of u_s given b, (segments, q, q).
        gain: du_s/db, (segments, q, p). own_var: prior variances of u, (q,).
    """

    shared: Floats
    shared_cov: Floats
    own: Floats
    own_cov: Floats
    gain: Floats
    own_var: Floats

    def draw(
        self, shared_rng: np.random.Generator, own_rng: Callable[[int], np.random.Generator]
    ) -> tuple[Floats, Floats]:
        """Return draws of b, shape (draws, p), and u, shape (segments, draws, q)."""
        root = np.linalg.cholesky(self.shared_cov)
        shift = shared_rng.standard_normal((N_DRAWS, self.shared.size)) @ root.T
        own = np.empty((self.own.shape[0], N_DRAWS, self.own.shape[1]))
        for s in range(self.own.shape[0]):
            noise = own_rng(s).standard_normal((N_DRAWS, self.own.shape[1]))
            own[s] = self.own[s] + shift @ self.gain[s].T + noise @ np.linalg.cholesky(self.own_cov[s]).T
        return self.shared + shift, own


def _objective(design: Design, prior: Prior, precision: Floats, own_var: Floats, b: Floats, u: Floats) -> float:
    eta = design.shared @ b + np.sum(design.own * u[design.segment], axis=1)
    fit = float(np.sum(design.k * eta - design.n * np.logaddexp(0.0, eta)))
    return fit - 0.5 * float(np.sum(precision * (b - prior.mean) ** 2)) - 0.5 * float(np.sum(u**2 / own_var))


def _variances(prior: Prior, sd: dict[str, float]) -> tuple[Floats, Floats]:
    shared_sd = np.array([sd[g] if g else s for g, s in zip(prior.shared_group, prior.sd, strict=True)])
    own_var = np.array([sd[g] ** 2 for g in prior.own_group], dtype=np.float64)
    return 1.0 / shared_sd**2, own_var


def fit_hierarchy(design: Design, prior: Prior) -> Posterior:
    """Fit the model to aggregated cells; without any cell the posterior is the prior.

    Raises:
        CheckFailed: the fit gave a number that is not finite.
    """
    p, q = design.shared.shape[1], design.own.shape[1]
    rows = [np.flatnonzero(design.segment == s) for s in range(design.n_segments)]
    b = prior.mean.copy()
    if design.n.sum() > 0:
        rate = (design.k.sum() + 0.5) / (design.n.sum() + 1.0)
        b[0] = np.log(rate / (1.0 - rate))
    u = np.zeros((design.n_segments, q))
    sd = dict(prior.scale)
    precision, own_var = _variances(prior, sd)
    value = _objective(design, prior, precision, own_var, b, u)
    settled = 0
    for iteration in range(_MAX_EM + _MAX_NEWTON):
        eta = design.shared @ b + np.sum(design.own * u[design.segment], axis=1)
        mean = expit(eta)
        weight = design.n * mean * (1.0 - mean)
        residual = design.k - design.n * mean
        schur = np.diag(precision).astype(np.float64) + (design.shared * weight[:, None]).T @ design.shared
        score = design.shared.T @ residual - precision * (b - prior.mean)
        own_cov = np.empty((design.n_segments, q, q))
        cross = np.empty((design.n_segments, q, p))
        own_score = np.empty((design.n_segments, q))
        for s, row in enumerate(rows):
            weighted = design.own[row] * weight[row, None]
            own_cov[s] = np.linalg.inv(weighted.T @ design.own[row] + np.diag(1.0 / own_var))
            cross[s] = weighted.T @ design.shared[row]
            own_score[s] = design.own[row].T @ residual[row] - u[s] / own_var
            half = cross[s].T @ own_cov[s]
            schur -= half @ cross[s]
            score -= half @ own_score[s]
        inverse = np.linalg.inv(schur)
        shared_cov: Floats = np.asarray(0.5 * (inverse + inverse.T), dtype=np.float64)
        step_b = shared_cov @ score
        gain = -np.einsum("sij,sjk->sik", own_cov, cross)
        step_u = np.einsum("sij,sj->si", own_cov, own_score) + gain @ step_b
        b, u, value, size = _line_search(design, prior, precision, own_var, (b, u), (step_b, step_u), value)
        moved = 0.0
        if iteration < _MAX_EM and settled == 0:
            second = own_cov + np.einsum("sij,jk,slk->sil", gain, shared_cov, gain)
            new_sd = _update_sd(prior, b, u, np.diag(shared_cov), np.einsum("sii->si", second))
            moved = max((abs(new_sd[g] / sd[g] - 1.0) for g in sd), default=0.0)
            sd = new_sd
            precision, own_var = _variances(prior, sd)
            value = _objective(design, prior, precision, own_var, b, u)
        if moved < 2e-3:
            settled += 1
        if settled and size < 1e-9:
            break
    out = Posterior(
        b,
        shared_cov,
        u,
        np.asarray(0.5 * (own_cov + own_cov.transpose(0, 2, 1)), dtype=np.float64),
        gain,
        own_var,
    )
    if not all(np.isfinite(part).all() for part in (b, shared_cov, u, own_cov)):
        raise CheckFailed(
            "The hierarchical fit gave numbers that are not finite.", "Look at the sufficient statistics."
        )
    return out


def _line_search(
    design: Design,
    prior: Prior,
    precision: Floats,
    own_var: Floats,
    at: tuple[Floats, Floats],
    step: tuple[Floats, Floats],
    value: float,
) -> tuple[Floats, Floats, float, float]:
    """Halve the Newton step until the penalised likelihood does not fall; return the point, its value and
    the move.
    """
    length = 1.0
    for _ in range(30):
        b, u = at[0] + length * step[0], at[1] + length * step[1]
        new = _objective(design, prior, precision, own_var, b, u)
        if np.isfinite(new) and new >= value - 1e-9 * (1.0 + abs(value)):
            return b, u, new, length * max(np.abs(step[0]).max(initial=0.0), np.abs(step[1]).max(initial=0.0))
        length *= 0.5
    return at[0], at[1], value, 0.0


def _update_sd(prior: Prior, b: Floats, u: Floats, b_var: Floats, u_var: Floats) -> dict[str, float]:
    """One maximisation step: sd^2 = (sum of E[u^2] + df * scale^2) / (count + df)."""
    out: dict[str, float] = {}
    for group, scale in prior.scale.items():
        shared = [i for i, g in enumerate(prior.shared_group) if g == group]
        own = [i for i, g in enumerate(prior.own_group) if g == group]
        total = float(np.sum((b[shared] - prior.mean[shared]) ** 2 + b_var[shared]))
        total += float(np.sum(u[:, own] ** 2 + u_var[:, own]))
        count = len(shared) + u.shape[0] * len(own)
        out[group] = float(np.sqrt((total + HYPER_DF * scale**2) / (count + HYPER_DF)))
    return out
