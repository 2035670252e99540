"""Hierarchical binomial logit: a shared part, deviations of each segment, variances from the data.

    logit p = x0'b + x1'u_s,   b ~ N(m0, P0^-1),   u_s ~ N(0, diag(sd_g^2)),   sd_g^2 ~ scaled-inv-chi2(df, scale_g^2)

Given the standard deviations the mode is found by Newton steps and the posterior is normal around it (Laplace).
Given b the segments are independent, so the precision matrix is an arrow: b is drawn from its marginal, then each
u_s given b from its own random stream.

The standard deviations themselves are uncertain, most of all with few segments. Their mode comes from
expectation-maximisation (Gelman et al., "Bayesian Data Analysis" 13.6); around it a fixed design of `N_HYPER` points
is laid out by the Fisher information, the model is solved at each, and each counts by its marginal likelihood over
the density of the design (integrated nested Laplace: Rue, Martino and Chopin 2009). The 500 draws are shared out
among the points.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from orchestration.errors import CheckFailed
from orchestration.inference.constants import HYPER_DF, N_DRAWS, N_HYPER
from orchestration.inference.frames import Floats

_MAX_NEWTON = 60
_MAX_EM = 200
# Newton steps at a point of the design, which starts from the mode next to it
_NEWTON_AT_POINT = 6
# Newton steps that move the mode to the mean, and the largest variance of a linear predictor that they believe
_CENTRE_STEPS = 4
_MOST_SPREAD = 1.0
# the design reaches this much further than the normal approximation, so that its weights stay bounded
_DESIGN_STRETCH = 1.25


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
        varying: the one column of `shared` that takes many values, such as time. Cells that agree in all others are
            then summed once per step, which makes a step cost the number of patterns and not of cells.
    """

    n: Floats
    k: Floats
    shared: Floats
    own: Floats
    segment: np.ndarray
    n_segments: int
    varying: int | None = None


class _Cells:
    """The design by distinct rows ("patterns"), and what a Newton step sums over the cells of each.

    Attributes:
        shared: distinct rows with the varying column at zero, shape (patterns, p). own: the same, (patterns, q).
    """

    def __init__(self, design: Design) -> None:
        fixed = design.shared.copy()
        self._moving = np.zeros(design.n.size)
        self._unit = np.zeros(fixed.shape[1])
        if design.varying is not None:
            self._moving = fixed[:, design.varying].copy()
            fixed[:, design.varying] = 0.0
            self._unit[design.varying] = 1.0
        rows = np.ascontiguousarray(np.column_stack([fixed, design.own]))
        as_bytes = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
        _, first, pattern = np.unique(as_bytes, return_index=True, return_inverse=True)
        self.shared, self.own = fixed[first], design.own[first]
        self._shape = (design.n_segments, first.size)
        self._at = design.segment * first.size + pattern.ravel()
        self._n, self._k = design.n, design.k
        self._lift = np.zeros(design.n.size)

    def centre(self, b: Floats, u: Floats, arrow: "_Arrow | None") -> None:
        """Judge means from here on over the spread of the normal posterior instead of at its centre.

        With eta ~ N(m, v) the mean probability is about expit(m + v * (1 - 2p) / 2), p = expit(m). None undoes it.
        """
        self._lift = np.zeros(self._n.size)
        if arrow is None:
            return
        p = expit(self.eta(b, u))
        spread, along = np.empty(self._shape), np.empty(self._shape)
        for s in range(self._shape[0]):
            reach = self.shared + self.own @ arrow.gain[s]
            from_shared = reach @ arrow.shared_cov
            spread[s] = np.sum(from_shared * reach, axis=1) + np.sum((self.own @ arrow.own_cov[s]) * self.own, axis=1)
            along[s] = from_shared @ self._unit
        of_cell = spread.ravel()[self._at] + 2.0 * self._moving * along.ravel()[self._at]
        of_cell += self._moving**2 * float(self._unit @ arrow.shared_cov @ self._unit)
        self._lift = 0.5 * np.minimum(of_cell, _MOST_SPREAD) * (1.0 - 2.0 * p)

    def eta(self, b: Floats, u: Floats) -> Floats:
        """Linear predictor of every cell."""
        level = (self.shared @ b)[None, :] + u @ self.own.T
        return np.asarray(level.ravel()[self._at] + self._moving * (self._unit @ b), dtype=np.float64)

    def log_likelihood(self, b: Floats, u: Floats) -> float:
        eta = self.eta(b, u)
        return float(np.sum(self._k * eta - self._n * np.logaddexp(0.0, eta)))

    def _sums(self, value: Floats) -> Floats:
        summed = np.bincount(self._at, weights=value, minlength=self._shape[0] * self._shape[1])
        return np.asarray(summed.reshape(self._shape), dtype=np.float64)

    def moments(self, b: Floats, u: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Score of b (p,), score of u (segments, q), information of b (p, p), of b with u (segments, q, p), of u."""
        mean = expit(self.eta(b, u) + self._lift)
        weight = self._n * mean * (1.0 - mean)
        residual = self._k - self._n * mean
        w, w_moving, r = self._sums(weight), self._sums(weight * self._moving), self._sums(residual)
        score = self.shared.T @ r.sum(axis=0) + self._unit * float(residual @ self._moving)
        along = self.shared.T @ w_moving.sum(axis=0)
        info = (self.shared * w.sum(axis=0)[:, None]).T @ self.shared
        info += np.outer(along, self._unit) + np.outer(self._unit, along)
        info += np.outer(self._unit, self._unit) * float(weight @ self._moving**2)
        weighted = self.own.T[None, :, :] * w[:, None, :]
        cross = weighted @ self.shared + (w_moving @ self.own)[:, :, None] * self._unit
        return score, r @ self.own, info, cross, weighted @ self.own


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
class Mode:
    """Normal approximation at one setting of the standard deviations.

    Attributes:
        shared: mode of b, shape (p,). shared_cov: its marginal covariance, (p, p).
        own: modes of u_s, (segments, q). own_cov: covariance of u_s given b, (segments, q, q).
        gain: du_s/db, (segments, q, p). own_var: prior variances of u, (q,).
        log_evidence: Laplace log marginal likelihood of the counts at these deviations, up to a constant.
    """

    shared: Floats
    shared_cov: Floats
    own: Floats
    own_cov: Floats
    gain: Floats
    own_var: Floats
    log_evidence: float


@dataclass(frozen=True)
class Posterior(Mode):
    """The mode over everything, and the points that stand for the uncertainty of the standard deviations.

    Attributes:
        points: solutions at the points of the design, `N_HYPER` of them, or the mode alone.
        weight: posterior probability of each, shape (points,), sums to 1.
    """

    points: tuple[Mode, ...]
    weight: Floats

    def draw(
        self, shared_rng: np.random.Generator, own_rng: Callable[[int], np.random.Generator]
    ) -> tuple[Floats, Floats]:
        """Return draws of b, shape (draws, p), and u, shape (segments, draws, q)."""
        n_segments, q = self.own.shape
        noise = shared_rng.standard_normal((N_DRAWS, self.shared.size))
        # Each point gets its share of the draws to within one draw.
        place = (shared_rng.permutation(N_DRAWS) + 0.5) / N_DRAWS
        at = np.minimum(np.searchsorted(np.cumsum(self.weight), place), len(self.points) - 1)
        own_noise = [own_rng(s).standard_normal((N_DRAWS, q)) for s in range(n_segments)]
        shared = np.empty((N_DRAWS, self.shared.size))
        own = np.empty((n_segments, N_DRAWS, q))
        for i, point in enumerate(self.points):
            mine = np.flatnonzero(at == i)
            if mine.size == 0:
                continue
            shift = noise[mine] @ np.linalg.cholesky(point.shared_cov).T
            shared[mine] = point.shared + shift
            for s in range(n_segments):
                root = np.linalg.cholesky(point.own_cov[s])
                own[s, mine] = point.own[s] + shift @ point.gain[s].T + own_noise[s][mine] @ root.T
        return shared, own


def _objective(cells: _Cells, prior: Prior, precision: Floats, own_var: Floats, b: Floats, u: Floats) -> float:
    penalty = float(np.sum(precision * (b - prior.mean) ** 2)) + float(np.sum(u**2 / own_var))
    return cells.log_likelihood(b, u) - 0.5 * penalty


def _variances(prior: Prior, sd: dict[str, float]) -> tuple[Floats, Floats]:
    shared_sd = np.array([sd[g] if g else s for g, s in zip(prior.shared_group, prior.sd, strict=True)])
    own_var = np.array([sd[g] ** 2 for g in prior.own_group], dtype=np.float64)
    return 1.0 / shared_sd**2, own_var


@dataclass(frozen=True)
class _Arrow:
    """One Newton system, solved: steps and covariances. `schur`, `own_precision`: the blocks of its elimination."""

    step_b: Floats
    step_u: Floats
    shared_cov: Floats
    own_cov: Floats
    gain: Floats
    schur: Floats
    own_precision: Floats

    def half_log_det(self) -> float:
        """Half the log determinant of the precision; asked for at the end of a search only."""
        return 0.5 * float(np.linalg.slogdet(self.schur)[1] + np.linalg.slogdet(self.own_precision)[1].sum())


def _arrow(cells: _Cells, prior: Prior, precision: Floats, own_var: Floats, at: tuple[Floats, Floats]) -> _Arrow:
    b, u = at
    score, own_score, schur, cross, own_precision = cells.moments(b, u)
    schur = schur + np.diag(precision)
    score = score - precision * (b - prior.mean)
    own_precision = own_precision + np.diag(1.0 / own_var)
    own_score = own_score - u / own_var
    own_cov = np.linalg.inv(own_precision)
    own_cov = 0.5 * (own_cov + own_cov.transpose(0, 2, 1))
    gain = -(own_cov @ cross)
    schur = schur + (cross.transpose(0, 2, 1) @ gain).sum(axis=0)
    score = score + (gain.transpose(0, 2, 1) @ own_score[:, :, None]).sum(axis=0)[:, 0]
    inverse = np.linalg.inv(schur)
    shared_cov: Floats = np.asarray(0.5 * (inverse + inverse.T), dtype=np.float64)
    step_b = shared_cov @ score
    step_u = (own_cov @ own_score[:, :, None])[:, :, 0] + gain @ step_b
    return _Arrow(step_b, step_u, shared_cov, own_cov, gain, schur, own_precision)


def _mode(prior: Prior, sd: dict[str, float], at: tuple[Floats, Floats], value: float, arrow: _Arrow) -> Mode:
    own_var = _variances(prior, sd)[1]
    # the normalising constants of the normal priors whose deviations are estimated
    constant = sum(np.log(sd[g]) for g in prior.shared_group if g)
    constant += at[1].shape[0] * sum(np.log(sd[g]) for g in prior.own_group)
    evidence = float(value - constant - arrow.half_log_det())
    return Mode(at[0], arrow.shared_cov, at[1], arrow.own_cov, arrow.gain, own_var, evidence)


def _centred(cells: _Cells, prior: Prior, sd: dict[str, float], mode: Mode) -> Mode:
    """Move a mode to where expected and observed events agree under the whole posterior.

    Few events make the likelihood of a logit skew to the left; a normal one around its mode then expects about half
    an event too many for each effect. The mean of the best normal approximation solves the same equations with the
    mean probability over the spread in place of that at the centre (Opper and Archambeau 2009; as a correction to
    Laplace: van Niekerk and Rue 2021).
    """
    precision, own_var = _variances(prior, sd)
    at = (mode.shared, mode.own)
    arrow = _arrow(cells, prior, precision, own_var, at)
    cells.centre(*at, arrow)
    for _ in range(_CENTRE_STEPS):
        arrow = _arrow(cells, prior, precision, own_var, at)
        longest = max(np.abs(arrow.step_b).max(initial=0.0), np.abs(arrow.step_u).max(initial=0.0))
        length = min(1.0, 1.0 / longest) if longest > 0 else 1.0
        at = (at[0] + length * arrow.step_b, at[1] + length * arrow.step_u)
        if longest < 1e-4:
            break
    cells.centre(*at, None)
    return replace(mode, shared=at[0], own=at[1], shared_cov=arrow.shared_cov, own_cov=arrow.own_cov, gain=arrow.gain)


def fit_hierarchy(design: Design, prior: Prior, *, integrate: bool = True) -> Posterior:
    """Fit the model to aggregated cells; without any cell the posterior is the prior.

    Args:
        integrate: False keeps the standard deviations at their mode; cheaper, and enough for a point forecast.

    Raises:
        CheckFailed: the fit gave a number that is not finite.
    """
    cells = _Cells(design)
    b = prior.mean.copy()
    if design.n.sum() > 0:
        rate = (design.k.sum() + 0.5) / (design.n.sum() + 1.0)
        b[0] = np.log(rate / (1.0 - rate))
    at = (b, np.zeros((design.n_segments, design.own.shape[1])))
    sd = dict(prior.scale)
    precision, own_var = _variances(prior, sd)
    value = _objective(cells, prior, precision, own_var, *at)
    settled = 0
    for iteration in range(_MAX_EM + _MAX_NEWTON):
        arrow = _arrow(cells, prior, precision, own_var, at)
        *point, value, size = _line_search(cells, prior, precision, own_var, at, (arrow.step_b, arrow.step_u), value)
        at = (point[0], point[1])
        moved = 0.0
        if iteration < _MAX_EM and settled == 0:
            own_spread = np.diagonal(arrow.own_cov, axis1=1, axis2=2)
            own_spread = own_spread + np.sum((arrow.gain @ arrow.shared_cov) * arrow.gain, axis=2)
            new_sd = _update_sd(prior, *at, np.diag(arrow.shared_cov), own_spread)
            moved = max((abs(new_sd[g] / sd[g] - 1.0) for g in sd), default=0.0)
            sd = new_sd
            precision, own_var = _variances(prior, sd)
            value = _objective(cells, prior, precision, own_var, *at)
        if moved < 2e-3:
            settled += 1
        if settled and size < 1e-9:
            break
    mode = _mode(prior, sd, at, value, _arrow(cells, prior, precision, own_var, at))
    points, weight = _integrate(cells, prior, sd, mode) if integrate else ((mode,), np.ones(1))
    centred = _centred(cells, prior, sd, mode)
    # The step from mode to mean hardly depends on the deviations: it is taken once, and the same at every point.
    step_b, step_u = centred.shared - mode.shared, centred.own - mode.own
    points = tuple(replace(point, shared=point.shared + step_b, own=point.own + step_u) for point in points)
    mode = centred
    for part in (mode.shared, mode.shared_cov, mode.own, mode.own_cov, weight):
        if not np.isfinite(part).all():
            raise CheckFailed(
                "The hierarchical fit gave numbers that are not finite.", "Look at the sufficient statistics."
            )
    return Posterior(**vars(mode), points=points, weight=weight)


def _log_hyperprior(prior: Prior, sd: dict[str, float]) -> float:
    """Density of log sd under the scaled-inverse-chi-squared hyperpriors, up to a constant."""
    return -HYPER_DF * float(sum(np.log(sd[g]) + 0.5 * (scale / sd[g]) ** 2 for g, scale in prior.scale.items()))


def _information(prior: Prior, sd: dict[str, float], mode: Mode) -> Floats:
    """Fisher information of the log standard deviations, in the order of `prior.scale`, shape (groups, groups).

    With F = I - D^-1/2 V D^-1/2, V the posterior and D the prior covariance of all coefficients with an estimated
    deviation, the expected information about log sd_g and log sd_h is 2 * sum of F_ij^2 over i in g, j in h (as for
    the variance components of a linear mixed model), to which the hyperprior adds 2 * df * (scale / sd)^2.
    """
    n_segments, q = mode.own.shape
    p = mode.shared.size
    cov = np.empty((p + n_segments * q, p + n_segments * q))
    reach = mode.gain.reshape(n_segments * q, p)
    cov[:p, :p] = mode.shared_cov
    cov[p:, :p] = reach @ mode.shared_cov
    cov[:p, p:] = cov[p:, :p].T
    cov[p:, p:] = reach @ mode.shared_cov @ reach.T
    for s in range(n_segments):
        block = slice(p + s * q, p + (s + 1) * q)
        cov[block, block] += mode.own_cov[s]
    group = np.array([*prior.shared_group, *(list(prior.own_group) * n_segments)], dtype=object)
    kept = np.flatnonzero(group != "")
    names = list(prior.scale)
    scale = np.array([sd[g] for g in group[kept]], dtype=np.float64)
    free = np.eye(kept.size) - cov[np.ix_(kept, kept)] / np.outer(scale, scale)
    member = np.array([[g == name for g in group[kept]] for name in names], dtype=np.float64)
    out: Floats = 2.0 * member @ free**2 @ member.T
    own = np.array([2.0 * HYPER_DF * (prior.scale[name] / sd[name]) ** 2 for name in names])
    return out + np.diag(own)


def _spread(n: int, d: int) -> Floats:
    """Evenly spread standard normal points, shape (n, d): an additive recurrence (Roberts 2018)."""
    golden = 1.0
    for _ in range(60):
        golden = (1.0 + golden) ** (1.0 / (d + 1))
    place = (0.5 + np.outer(np.arange(n), golden ** -np.arange(1.0, d + 1.0))) % 1.0
    return np.asarray(ndtri(np.clip(place, 1e-6, 1.0 - 1e-6)), dtype=np.float64)


def _integrate(cells: _Cells, prior: Prior, sd: dict[str, float], mode: Mode) -> tuple[tuple[Mode, ...], Floats]:
    """Solve the model at a design around the mode of the log standard deviations; return the points and weights."""
    names = list(prior.scale)
    if not names:
        return (mode,), np.ones(1)
    normal = _spread(N_HYPER, len(names))
    root = np.linalg.cholesky(np.linalg.inv(_information(prior, sd, mode)))
    centre = np.log([sd[name] for name in names])
    points, log_weight = [], np.empty(N_HYPER)
    for i, z in enumerate(normal):
        log_sd = centre + _DESIGN_STRETCH * root @ z
        here = {name: float(np.exp(x)) for name, x in zip(names, log_sd, strict=True)}
        precision, own_var = _variances(prior, here)
        at = (mode.shared, mode.own)
        value = _objective(cells, prior, precision, own_var, *at)
        for _ in range(_NEWTON_AT_POINT):
            arrow = _arrow(cells, prior, precision, own_var, at)
            b, u, value, size = _line_search(cells, prior, precision, own_var, at, (arrow.step_b, arrow.step_u), value)
            at = (b, u)
            if size < 1e-3:
                break
        points.append(_mode(prior, here, at, value, arrow))
        log_weight[i] = points[-1].log_evidence + _log_hyperprior(prior, here) + 0.5 * float(z @ z)
    weight = np.exp(log_weight - log_weight.max())
    # Truncated importance sampling (Ionides 2008): no point may speak for the whole design.
    weight = np.minimum(weight, weight.mean() * np.sqrt(N_HYPER))
    return tuple(points), np.asarray(weight / weight.sum(), dtype=np.float64)


def _line_search(
    cells: _Cells,
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
        new = _objective(cells, prior, precision, own_var, b, u)
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
