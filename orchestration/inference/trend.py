"""How much of a trend in churn goes on: the damping, judged by forecasts from earlier quarters.

Each past quarter with enough history is an origin: the pooled model is fitted on what lay before it and the churns
of the year that followed are scored under each damping. The scores become probabilities, so a company whose trends
went on is forecast with more of its trend and one without a history keeps to the prior.
"""

import numpy as np
import pandas as pd

from orchestration.inference.constants import MIN_SCORED_EVENTS, N_DRAWS, TREND_DAMPINGS, TREND_QUARTERS
from orchestration.inference.frames import Floats
from orchestration.inference.hazard_design import TREND, columns_of
from orchestration.inference.hierarchy import Design, fit_hierarchy

# An origin needs so many quarters behind it for a trend to be told from a level.
_MIN_QUARTERS = 5
_MAX_ORIGINS = 6


def years_ahead(damping: Floats | float, quarters: Floats) -> Floats:
    """Years' worth of trend that a forecast adds after so many quarters: the sum of damping^1 .. damping^quarters, / 4.

    After TREND_QUARTERS, the horizon over which a damping can be judged, nothing more is added. Broadcasts.
    """
    steps = np.arange(1.0, TREND_QUARTERS + 1.0)
    powers = np.asarray(damping)[..., None] ** steps
    reached = steps <= np.asarray(quarters)[..., None]
    return np.asarray((powers * reached).sum(axis=-1) / 4.0, dtype=np.float64)


def _score(total: pd.DataFrame, origin: int) -> tuple[Floats, float]:
    """Log score by damping of the year after `origin` (the last quarter that is fitted), and the churns in it."""
    train = total[total["quarter"] <= origin]
    test = total[(total["quarter"] > origin) & (total["quarter"] <= origin + TREND_QUARTERS)]
    columns = columns_of(train)
    test = test[test["term_type"].isin(columns.terms)]

    def design(cells: pd.DataFrame, quarter: Floats) -> Floats:
        renewal = cells["is_renewal_month"].to_numpy(dtype=bool)
        return columns.shared(cells["term_type"].tolist(), cells["age_month"].to_numpy(dtype=float), renewal, quarter)

    n, k = (train[c].to_numpy(dtype=float) for c in ("n_at_risk", "n_churn"))
    shared = design(train, train["quarter"].to_numpy(dtype=float))
    fitted = Design(n, k, shared, np.zeros((len(train), 0)), np.zeros(len(train), dtype=np.int64), 1, TREND)
    b = fit_hierarchy(fitted, columns.prior(pooled=True), integrate=False).shared
    n, k = (test[c].to_numpy(dtype=float) for c in ("n_at_risk", "n_churn"))
    level = design(test, np.full(len(test), columns.quarter_last)) @ b
    ahead = test["quarter"].to_numpy(dtype=float) - origin
    out = np.empty(len(TREND_DAMPINGS))
    for i, damping in enumerate(TREND_DAMPINGS):
        eta = level + b[TREND] * years_ahead(damping, ahead)
        out[i] = float(np.sum(k * eta - n * np.logaddexp(0.0, eta)))
    return out, float(k.sum())


def damping_weights(total: pd.DataFrame) -> dict[float, float]:
    """Posterior probability of each damping of TREND_DAMPINGS; its prior where the history is too short.

    Args:
        total: checked cells of all segments together (`segment_id` is the pool).

    Each churn is scored from up to TREND_QUARTERS origins, so the sum of log scores counts only by that part.
    """
    prior = dict(TREND_DAMPINGS)
    quarters = sorted(total["quarter"].unique())
    origins = [q for q in quarters[_MIN_QUARTERS - 1 :] if q + TREND_QUARTERS <= quarters[-1]][-_MAX_ORIGINS:]
    score, events = np.zeros(len(prior)), 0.0
    for origin in origins:
        one, churns = _score(total, int(origin))
        score, events = score + one, events + churns
    if events / TREND_QUARTERS < MIN_SCORED_EVENTS:
        return prior
    log_weight = np.log(list(prior.values())) + (score - score.max()) / TREND_QUARTERS
    weight = np.exp(log_weight - log_weight.max())
    return dict(zip(prior, (weight / weight.sum()).tolist(), strict=True))


def damping_draws(weights: dict[float, float], rng: np.random.Generator) -> Floats:
    """Damping of each of the 500 draws, each value as often as its probability says to within one draw."""
    place = (rng.permutation(N_DRAWS) + 0.5) / N_DRAWS
    at = np.searchsorted(np.cumsum(list(weights.values())), place)
    return np.array(list(weights), dtype=np.float64)[np.minimum(at, len(weights) - 1)]
