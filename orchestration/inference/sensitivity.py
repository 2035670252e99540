"""How strong something unrecorded would have to be to undo an effect.

Partial R2 measures after Cinelli and Hazlett 2020, "Making sense of sensitivity" (J. R. Stat. Soc. B 82); the
E-value after VanderWeele and Ding 2017 with the odds ratio of a common outcome taken to its square root.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.inference.frames import Floats
from orchestration.inference.partialling import Basis


@dataclass(frozen=True)
class Benchmark:
    """The recorded variable that would move the effect most if there were another one like it.

    Attributes:
        name: the variable, empty without any. bias: by how much, in the unit of the effect, at least 0.
    """

    name: str
    bias: float


def robustness_value(theta: float, se: float, df: float) -> float:
    """Share of the rest variance of dose and outcome that a confounder must explain to bring the effect to 0."""
    if not np.isfinite(theta) or not se > 0.0 or df <= 0:
        return float("nan")
    f2 = (theta / se) ** 2 / df
    return float(0.5 * (np.sqrt(f2**2 + 4.0 * f2) - f2))


def e_value(log_odds: float) -> float:
    """Risk ratio that a confounder needs with dose and outcome to explain one unit of dose away, at least 1."""
    if not np.isfinite(log_odds):
        return float("nan")
    # beyond a log-odds of 20 the square root would overflow into meaningless digits
    ratio = float(np.exp(0.5 * min(abs(log_odds), 20.0)))
    return ratio + float(np.sqrt(ratio * (ratio - 1.0)))


def _rest(gram: Floats, columns: list[int], target: int) -> float:
    """Sum of squares of column `target` that `columns` leave unexplained."""
    total = float(gram[target, target])
    if not columns:
        return total
    block = gram[np.ix_(columns, columns)] + 1e-6 * float(gram[0, 0]) * np.eye(len(columns))
    cross = gram[columns, target]
    return max(total - float(cross @ np.linalg.solve(block, cross)), 1e-12 * max(total, 1e-12))


@dataclass(frozen=True)
class Placebo:
    """The variable that a dose seems to move most although it cannot.

    Attributes:
        name: the variable, empty where none could be looked at. z: standard errors from nil, at least 0.
        share: of the variable's rest variance that the dose explains (partial R2), 0 to 1.
    """

    name: str
    z: float
    share: float


def worst_placebo(dose: Floats, basis: Basis, variables: dict[str, Floats]) -> Placebo:
    """Regress each variable on the dose with all columns but its own held fixed; return the one farthest from nil.

    Args:
        dose: by deal. basis: the confounders, without the dose. variables: by name; NaN = unknown.
    """
    found = Placebo("", float("nan"), float("nan"))
    known = {name: ~np.isnan(v) for name, v in variables.items()}
    used = [name for name in variables if known[name].any() and np.ptp(variables[name][known[name]]) > 0]
    if not used:
        return found
    # ranks, because heavy tails of durations would decide by themselves
    ranks = [_ranked(variables[name]) for name in used]
    x = np.column_stack([basis.x, dose - dose.mean(), *ranks])
    gram = x.T @ x
    n = basis.x.shape[1]
    for place, name in enumerate(used):
        kept = [j for j in range(n) if basis.group[j] != name]
        target = n + 1 + place
        alone, with_dose = _rest(gram, kept, target), _rest(gram, [*kept, n], target)
        share = min(max(1.0 - with_dose / alone, 0.0), 1.0 - 1e-9)
        df = int(known[name].sum()) - len(kept) - 2
        if df < 1:
            continue
        z = float(np.sqrt(df * share / (1.0 - share)))
        if not abs(z) <= abs(found.z):
            found = Placebo(name, z, share)
    return found


def _ranked(values: Floats) -> Floats:
    """Ranks with mean 0 and standard deviation 1, ties sharing theirs; what is unknown stands in the middle."""
    known = ~np.isnan(values)
    _, inverse, count = np.unique(values[known], return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - 0.5 * (count - 1.0))[inverse]
    out = np.zeros(values.size)
    out[known] = (rank - rank.mean()) / rank.std()
    return out


def strongest(y: Floats, dose: Floats, basis: Basis, *, se: float, df: float) -> Benchmark:
    """Return the recorded variable whose twin would bias the effect most.

    Args:
        y, dose: by deal. basis: the confounders, without the dose. se, df: of the effect.
    """
    if not se > 0.0 or df <= 0 or not basis.group:
        return Benchmark("", float("nan"))
    x = np.column_stack([basis.x, dose - dose.mean(), y - y.mean()])
    gram = x.T @ x
    n = basis.x.shape[1]
    every = list(range(n))
    dose_rest, outcome_rest = _rest(gram, every, n), _rest(gram, [*every, n], n + 1)
    best = Benchmark("", 0.0)
    for name in dict.fromkeys(basis.group):
        kept = [j for j in every if basis.group[j] != name]
        with_dose = min(1.0 - dose_rest / _rest(gram, kept, n), 0.999)
        with_outcome = min(1.0 - outcome_rest / _rest(gram, [*kept, n], n + 1), 0.999)
        dose_share = min(with_dose / (1.0 - with_dose), 0.999)
        shared = min(with_dose**2 / (1.0 - with_dose) ** 2, 0.999)
        outcome_share = (1.0 + np.sqrt(shared)) ** 2 / (1.0 - shared) * with_outcome / (1.0 - with_outcome)
        bias = se * np.sqrt(df * min(outcome_share, 1.0) * dose_share / (1.0 - dose_share))
        if bias > best.bias:
            best = Benchmark(name, float(bias))
    return best
