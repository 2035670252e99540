"""The effect of one dose on an outcome with everything else partialled out, cross-fitted.

    logit P(Y = 1) = theta * D + g(X)      or      Y = theta * D + g(X) + noise

theta solves  sum (D - m(X)) * (Y - mean(theta * D + g(X))) = 0,  where m is the projection of D on X weighted by
the variance of Y. To first order the answer does not depend on errors in g or m (Neyman orthogonality;
Chernozhukov et al. 2018, "Double/debiased machine learning", for the logit Liu, Zhang and Cai 2021). Both are
fitted on the other folds than the one they are applied to. Standard errors are sandwiches clustered by account.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.inference.frames import Bools, Floats
from orchestration.inference.hierarchy import expit
from orchestration.inference.logistic import logistic_mode

N_FOLDS = 4
# Prior precision of a standardised column of g: an effect of more than 1.4 on the logit would surprise.
_PENALTY = 2.0
# m is to be a projection, so it is penalised only as far as columns that say the same demand.
_PROJECTION_PENALTY = 1e-3
_MAX_STEPS = 60
_MISSING_SHARE = 0.01


@dataclass(frozen=True)
class Basis:
    """Standardised columns of what is known about each deal.

    Attributes:
        x: shape (deals, columns), mean 0 and standard deviation 1 each.
        group: the variable that each column comes from, length columns.
    """

    x: Floats
    group: tuple[str, ...]

    def without(self, names: Sequence[str]) -> "Basis":
        """Return the columns of all other variables."""
        keep = [j for j, name in enumerate(self.group) if name not in names]
        return Basis(self.x[:, keep], tuple(self.group[j] for j in keep))

    def rows(self, rows: Bools) -> "Basis":
        """Return some of the deals; columns keep their scale."""
        return Basis(self.x[rows], self.group)


@dataclass(frozen=True)
class Fit:
    """What one dose does.

    Attributes:
        theta, se: per unit of dose; NaN where the data cannot say.
        residual: D - m(X), shape (deals,). influence: what each deal adds to theta, shape (deals,).
        curvature: what each deal adds to the slope of the score, shape (deals,).
        n_columns: columns of X.
    """

    theta: float
    se: float
    residual: Floats
    influence: Floats
    curvature: Floats
    n_columns: int


def expand(variables: dict[str, Floats], *, is_rich: bool) -> Basis:
    """Turn variables (NaN = unknown) into columns: level, what is missing and, if `is_rich`, two hinges.

    Unknown values take the median. Hinges start at the terciles, so that an effect that grows or levels off is
    followed. Columns without variation are left out.
    """
    columns: list[Floats] = []
    group: list[str] = []
    for name, values in variables.items():
        known = ~np.isnan(values)
        if not known.any():
            continue
        level = np.where(known, values, np.median(values[known]))
        parts = [level]
        if _MISSING_SHARE < 1.0 - known.mean() < 1.0 - _MISSING_SHARE:
            parts.append((~known).astype(np.float64))
        if is_rich and np.unique(level[:2000]).size > 4:
            parts += [np.maximum(level - knot, 0.0) for knot in np.unique(np.quantile(level, (1 / 3, 2 / 3)))]
        for part in parts:
            spread = float(part.std())
            if spread > 1e-9 * (1.0 + abs(float(part.mean()))):
                columns.append((part - part.mean()) / spread)
                group.append(name)
    rows = next(iter(variables.values())).size if variables else 0
    return Basis(np.column_stack(columns) if columns else np.zeros((rows, 0)), tuple(group))


def folds(clusters: Sequence[str]) -> np.ndarray:
    """Return the fold of each deal; deals of one account share it, and another account changes no fold."""
    digest = {name: hashlib.md5(name.encode(), usedforsecurity=False).digest()[0] % N_FOLDS for name in set(clusters)}
    return np.array([digest[name] for name in clusters], dtype=np.int64)


def ridge_logit(x: Floats, y: Floats, precision: Floats) -> Floats:
    """Mode of a logistic regression with normal priors around 0, shape (columns,)."""
    return logistic_mode(x, y, np.ones(len(y)), prior=np.zeros(x.shape[1]), precision=precision)[0]


def _with_one(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _nuisance(basis: Basis, y: Floats, fold: np.ndarray, *, is_binary: bool) -> list[tuple[Floats, Floats, Floats]]:
    """For each fold, from the others: coefficients of g (with intercept), and the weighted cross products of the
    columns with one another, shape (columns + 1, columns + 1), and the weights of all deals.
    """
    x = _with_one(basis.x)
    precision = np.full(x.shape[1], _PENALTY)
    precision[0] = 1e-6
    out = []
    for k in range(N_FOLDS):
        train = fold != k
        if is_binary:
            beta = ridge_logit(x[train], y[train], precision)
            p = expit(x @ beta)
            weight = np.maximum(p * (1.0 - p), 1e-4)
        else:
            beta = np.linalg.solve(x[train].T @ x[train] + np.diag(precision), x[train].T @ y[train])
            weight = np.ones(len(y))
        gram = (x[train] * weight[train, None]).T @ x[train]
        out.append((beta, gram, weight))
    return out


@dataclass(frozen=True)
class Outcome:
    """One outcome with its cross-fitted nuisances, to be asked for the effect of several doses.

    Attributes:
        y: shape (deals,). basis: columns of confounders and of every dose. fold, cluster: per deal.
        parts: what `_nuisance` returned.
    """

    y: Floats
    basis: Basis
    fold: np.ndarray
    cluster: np.ndarray
    is_binary: bool
    parts: list[tuple[Floats, Floats, Floats]]

    def effect(self, dose: Floats, own: Sequence[str]) -> Fit:
        """Return what one unit of `dose` does, given all columns but those of the variables `own`."""
        x = _with_one(self.basis.x)
        kept = [0, *(j + 1 for j, name in enumerate(self.basis.group) if name not in own)]
        eta, residual = np.empty(len(dose)), np.empty(len(dose))
        for k, (beta, gram, weight) in enumerate(self.parts):
            train, held = self.fold != k, self.fold == k
            eta[held] = x[held][:, kept] @ beta[kept]
            block = gram[np.ix_(kept, kept)] + np.diag(
                np.r_[1e-9, np.full(len(kept) - 1, _PROJECTION_PENALTY)] * max(float(weight[train].sum()), 1e-9)
            )
            cross = x[train][:, kept].T @ (weight[train] * dose[train])
            residual[held] = dose[held] - x[held][:, kept] @ np.linalg.solve(block, cross)
        return self._solve(dose, residual, eta, len(kept) - 1)

    def _solve(self, dose: Floats, residual: Floats, eta: Floats, n_columns: int) -> Fit:
        theta = 0.0
        slope = 0.0
        for _ in range(_MAX_STEPS):
            mean = expit(theta * dose + eta) if self.is_binary else theta * dose + eta
            weight = mean * (1.0 - mean) if self.is_binary else np.ones(len(dose))
            slope = float(np.sum(residual * weight * dose))
            if slope <= 1e-9 * max(float(np.sum(weight * dose**2)), 1e-12):
                return _unknown(len(dose), n_columns)
            # a step of more than 2 on the logit would leave the region where the score is straight
            reach = 2.0 / max(float(np.std(dose)), 1e-9)
            step = float(np.clip(np.sum(residual * (self.y - mean)) / slope, -reach, reach))
            theta += step
            if abs(step) < 1e-10 * (1.0 + abs(theta)):
                break
        else:
            return _unknown(len(dose), n_columns)
        mean = expit(theta * dose + eta) if self.is_binary else theta * dose + eta
        influence = residual * (self.y - mean) / slope
        # Judged from outside its fold, a deal's residuals carry the errors of m and g as well. Those errors are
        # functions of X, to which the residuals are orthogonal, so they do not add up in theta and are taken out of
        # its error; errors of a logit g also flatten the slope by as much. Leaving them in made intervals of a
        # nominal 90 % cover 93 to 95 % on simulated deals.
        trained = len(dose) * (N_FOLDS - 1) / N_FOLDS
        influence = influence / (1.0 + n_columns / trained) ** (2 if self.is_binary else 1)
        se = _clustered(influence, self.cluster)
        return Fit(theta, se, residual, influence, residual * weight * dose, n_columns)


def _unknown(n: int, n_columns: int) -> Fit:
    return Fit(float("nan"), float("nan"), np.zeros(n), np.zeros(n), np.zeros(n), n_columns)


def _clustered(influence: Floats, cluster: np.ndarray) -> float:
    """Standard error of a sum of influences, deals of one account taken together."""
    total = np.bincount(cluster, weights=influence)
    n = int((np.bincount(cluster) > 0).sum())
    return float(np.sqrt(n / max(n - 1, 1) * np.sum(total**2)))


def prepare(y: Floats, basis: Basis, fold: np.ndarray, cluster: np.ndarray, *, is_binary: bool) -> Outcome:
    """Fit the nuisances of one outcome; all arguments by deal."""
    return Outcome(y, basis, fold, cluster, is_binary, _nuisance(basis, y, fold, is_binary=is_binary))


def plain_effect(y: Floats, dose: Floats, basis: Basis, *, is_binary: bool) -> float:
    """Effect of a dose in one regression on the dose and the columns of `basis`, without cross-fitting."""
    x = np.column_stack([dose - dose.mean(), np.ones(len(dose)), basis.x])
    precision = np.full(x.shape[1], 1e-4)
    if is_binary:
        return float(ridge_logit(x, y, precision)[0])
    return float(np.linalg.solve(x.T @ x + np.diag(precision), x.T @ y)[0])


def within(fit: Fit, rows: Bools, cluster: np.ndarray) -> tuple[float, float]:
    """Effect and standard error among some deals, one step from the effect of all (exact for a straight score)."""
    total, part = float(fit.curvature.sum()), float(fit.curvature[rows].sum())
    if not np.isfinite(fit.theta) or part <= 1e-3 * total:
        return float("nan"), float("nan")
    scale = total / part
    move = float(fit.influence[rows].sum()) * scale
    # deals around the effect of their own, not around that of all
    own = fit.influence[rows] * scale - move * fit.curvature[rows] / part
    return fit.theta + move, _clustered(own, cluster[rows])


def overlap(treated: Bools, basis: Basis) -> Floats:
    """Propensity of each deal to be treated, shape (deals,), from one penalised logistic regression."""
    x = _with_one(basis.x)
    precision = np.full(x.shape[1], _PENALTY)
    precision[0] = 1e-6
    y = treated.astype(np.float64)
    return expit(x @ ridge_logit(x, y, precision))
