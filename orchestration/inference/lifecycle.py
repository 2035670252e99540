"""Common draws of a customer's whole life per 1 of ARR, by segment and term, and the KPIs read from them.

Month m = 0..59 counts from the start; a customer is active in month m with probability S(m), S(0) = 1, and
its cash is discounted from the middle of the month. Draw i of every segment and term belongs to the same
state of the world, so differences and portfolio totals are taken per draw. Life is restricted to 60 months.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from orchestration.errors import WrongUse
from orchestration.inference.constants import (
    ALL_TERMS,
    HORIZON_MONTHS,
    MATURE_AGE_MONTHS,
    MATURE_EVENTS,
    N_DRAWS,
    TERM_TYPES,
)
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.money import MoneyPosterior

_YEAR = 12


def discount_factors(discount_rate: float) -> Floats:
    """Factors of months 0..59 at the middle of the month, shape (60,). Raises `WrongUse` outside 0 to 1."""
    if not 0.0 <= discount_rate < 1.0:
        raise WrongUse(f"The annual discount rate is {discount_rate}.", "Give a share such as 0.10.")
    return np.asarray((1.0 + discount_rate) ** (-(np.arange(HORIZON_MONTHS) + 0.5) / 12.0), dtype=np.float64)


def alive_months(survival: Floats) -> Floats:
    """Probability to be active in months 0..59, from survival at the end of age months 1..60; (500, 60)
    each.
    """
    return np.column_stack([np.ones(survival.shape[0]), survival[:, :-1]])


def expansion_probability_12m(alive: Floats, hazard: Floats) -> Floats:
    """Probability of at least one expansion in age months 1..12, leaving being a competing end; shape (500,).

    An expansion in age month a needs a customer that is still active at its end.
    """
    hazard = hazard[:, :_YEAR]
    none_yet = np.column_stack([np.ones(hazard.shape[0]), np.cumprod(1.0 - hazard, axis=1)[:, :-1]])
    probability: Floats = np.sum(alive[:, 1 : _YEAR + 1] * none_yet * hazard, axis=1)
    return probability


def lifecycle_draws(
    hazard: HazardPosterior,
    money: MoneyPosterior,
    expansion: ExpansionPosterior,
    win_shift: Mapping[str, Floats],
    *,
    discount_rate: float,
) -> pd.DataFrame:
    """One row per segment, term type and draw; the columns of post_lifecycle_draws without version and date.

    Where no customer was ever at risk, everything that hangs on how long customers stay is NaN: the prior alone
    is nobody's retention.

    An expansion adds its value as a share of the starting ARR from the month in which it happens;
    compounding and later contraction are both left out.
    """
    factors = discount_factors(discount_rate)
    seen = np.nan if hazard.is_prior_only else 1.0
    parts = []
    for s, segment in enumerate(hazard.segments):
        # Added ARR by month: expansions of age months 1..m are in force in month m.
        added = np.column_stack([np.zeros(N_DRAWS), np.cumsum(expansion.hazard[s], axis=1)[:, :-1]])
        # Without one event the value is 0; a missing margin still makes the product unknown.
        added = added * expansion.value[s][:, None]
        for term in TERM_TYPES:
            survival = seen * hazard.survival_draws(segment, term)
            alive = seen * alive_months(survival)
            weight = alive * factors
            parts.append(
                pd.DataFrame(
                    {
                        "draw_id": np.arange(N_DRAWS),
                        "segment_id": segment,
                        "term_type": term,
                        "alive_years_disc": weight.sum(axis=1) / _YEAR,
                        "life_years": alive.sum(axis=1) / _YEAR,
                        "gross_margin_rate": (weight * money.margin[s]).sum(axis=1) / weight.sum(axis=1),
                        "support_cost_per_arr": (weight * money.support[s]).sum(axis=1),
                        "expansion_margin_per_arr": (weight * added * money.margin[s]).sum(axis=1) / _YEAR,
                        "expand_prob_12m": expansion_probability_12m(alive, expansion.hazard[s]),
                        "expansion_value_per_arr": expansion.value[s],
                        "renewal_prob_12m": survival[:, _YEAR - 1],
                        "win_logit_shift": win_shift[segment],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _status(n_observed: float, n_events: float, oldest_age: int) -> str:
    if n_observed <= 0:
        return "prior_only"
    return "mature" if n_events >= MATURE_EVENTS and oldest_age >= MATURE_AGE_MONTHS else "immature"


def segment_kpi(hazard: HazardPosterior, money: MoneyPosterior, expansion: ExpansionPosterior) -> pd.DataFrame:
    """One row per segment and metric, for the mix of term types the segment's customers have.

    Survival, life, expansion and contribution are NaN where no customer was ever at risk.
    `n_observed` counts customer-months behind the metric. `n_events` counts churns (survival, life,
    contribution), expansions, or, for the two money metrics, again customer-months, each of which is a
    measurement.
    """
    rows = []
    seen = np.nan if hazard.is_prior_only else 1.0
    for s, segment in enumerate(hazard.segments):
        survival = seen * hazard.survival_draws(segment, ALL_TERMS)
        alive = seen * alive_months(survival)
        months, churns = hazard.counts(segment, ALL_TERMS)
        oldest = int(np.flatnonzero(months > 0).max(initial=-1)) + 1
        year = alive[:, :_YEAR]
        margin, support = money.margin[s][:, :_YEAR], money.support[s][:, :_YEAR]
        n_margin, n_support = money.margin_known[s], money.support_known[s]
        at_risk, churned = float(months.sum()), float(churns.sum())
        metrics = (
            ("survival_12m", "probability", survival[:, _YEAR - 1], at_risk, churned),
            ("life_years", "years", alive.sum(axis=1) / _YEAR, at_risk, churned),
            (
                "expand_prob_12m",
                "probability",
                expansion_probability_12m(alive, expansion.hazard[s]),
                expansion.exposed[s],
                expansion.events[s],
            ),
            (
                "gross_margin_rate",
                "share of revenue",
                (year * margin).sum(axis=1) / year.sum(axis=1),
                n_margin,
                n_margin,
            ),
            (
                "support_cost_per_arr_year",
                "per 1 of ARR and year",
                _YEAR * (year * support).sum(axis=1) / year.sum(axis=1),
                n_support,
                n_support,
            ),
            (
                "contribution_per_arr_12m",
                "per 1 of ARR",
                (year * (margin / _YEAR - support)).sum(axis=1),
                min(n_margin, n_support),
                churned,
            ),
        )
        for metric, unit, draws, n_observed, n_events in metrics:
            low, mid, high = np.quantile(draws, [0.05, 0.5, 0.95])
            rows.append(
                {
                    "segment_id": segment,
                    "metric": metric,
                    "unit": unit,
                    "mean": float(draws.mean()),
                    "sd": float(draws.std(ddof=1)),
                    "p05": float(low),
                    "p50": float(mid),
                    "p95": float(high),
                    "n_observed": int(n_observed),
                    "n_events": int(n_events),
                    "maturity_status": _status(n_observed, n_events, oldest),
                }
            )
    return pd.DataFrame(rows)
