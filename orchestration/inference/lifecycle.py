"""Common draws of a customer's whole life per 1 of ARR, by segment, term and age, and the KPIs read from them.

Month m = 0..59 counts from the deal; a customer is active in month m with probability S(m), S(0) = 1, and
its cash is discounted from the middle of the month. A deal with a customer of some age (`start_age_months`) is valued
from that age on, given that the customer is still there: its churn, margin and expansion are those of later months.
Draw i of every segment and term belongs to the same state of the world, so differences and portfolio totals are taken
per draw. Life is restricted to 60 months.

Two weights. Survival, life and the chance to expand count customers. Whatever is money is per 1 of starting ARR of
all customers of the segment together (sum of cash over sum of ARR): it uses survival of ARR, in which a customer ten
times as large counts ten times (see `arr_weight`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.errors import WrongUse
from orchestration.inference.arr_weight import ArrWeight
from orchestration.inference.comparison import Better, probability_better
from orchestration.inference.constants import (
    ALL_TERMS,
    HORIZON_MONTHS,
    MATURE_AGE_MONTHS,
    MATURE_EVENTS,
    N_DRAWS,
    START_AGES,
    TERM_TYPES,
)
from orchestration.inference.evidence import fallback_level
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.money import MoneyPosterior
from orchestration.inference.survival import ages_ahead, alive_months, survival_from

_YEAR = 12
# of every other metric more is better
_BETTER: Mapping[str, Better] = {"support_cost_per_arr_year": "lower", "share_extrapolated": "lower"}


def discount_factors(discount_rate: float) -> Floats:
    """Factors of months 0..59 at the middle of the month, shape (60,). Raises `WrongUse` outside 0 to 1."""
    if not 0.0 <= discount_rate < 1.0:
        raise WrongUse(f"The annual discount rate is {discount_rate}.", "Give a share such as 0.10.")
    return np.asarray((1.0 + discount_rate) ** (-(np.arange(HORIZON_MONTHS) + 0.5) / 12.0), dtype=np.float64)


def expanded_by(alive: Floats, first_hazard: Floats) -> Floats:
    """Probability of at least one expansion by the end of age months 1..60, leaving being a competing end; (500, 60).

    An expansion in age month a needs a customer that is still active at its end.

    Args:
        alive: months 0..59. first_hazard: of the first expansion, age months 1..60.
    """
    none_yet = alive_months(np.asarray(np.cumprod(1.0 - first_hazard, axis=1), dtype=np.float64))
    # survival to the end of age month 60 is not among the months lived; the month before stands in
    at_end = np.column_stack([alive[:, 1:], alive[:, -1]])
    probability: Floats = np.cumsum(at_end * none_yet * first_hazard, axis=1)
    return probability


def expansion_probability_12m(alive: Floats, first_hazard: Floats) -> Floats:
    """Probability of at least one expansion in age months 1..12, shape (500,)."""
    probability: Floats = expanded_by(alive, first_hazard)[:, _YEAR - 1]
    return probability


def added_arr(expansion_hazard: Floats, value: Floats) -> Floats:
    """ARR added by expansions and in force in months 0..59 per 1 of starting ARR of a customer still there, (500, 60).

    Expansions of age months 1..m are in force in month m. Compounding and later contraction are both left out.

    Args:
        expansion_hazard: of any expansion, age months 1..60, (500, 60). value: per expansion, (500,).
    """
    rate = np.column_stack([np.zeros(expansion_hazard.shape[0]), np.cumsum(expansion_hazard, axis=1)[:, :-1]])
    # Without one event the value is 0.
    added: Floats = rate * value[:, None]
    return added


@dataclass(frozen=True)
class Ahead:
    """What a customer of some age brings in the 60 months ahead while it stays, each of shape (500, 60).

    Attributes:
        margin: gross margin a year per 1 of ARR. support: support cost a month per 1 of ARR; NaN where unknown.
        of_added: margin a month per 1 of ARR that expansions add, less its support where that is known.
        expansion_hazard: of any expansion. first_hazard: of the first. added: ARR that expansions since the deal add.
        expansion_value: mean over the draws of what one adds, per 1 of ARR before.
    """

    margin: Floats
    support: Floats
    of_added: Floats
    expansion_hazard: Floats
    first_hazard: Floats
    added: Floats
    expansion_value: float

    @classmethod
    def of(cls, money: MoneyPosterior, expansion: ExpansionPosterior, s: int, start_age: int) -> "Ahead":
        """Return what segment number `s` brings from age `start_age` on; after five years a year is like the fifth."""
        months = np.minimum(start_age + np.arange(HORIZON_MONTHS), HORIZON_MONTHS - 1)
        ages = ages_ahead(start_age)
        margin, support = money.arr_margin[s][:, months], money.support[s][:, months]
        # what was added is supported too; where support is unknown the margin alone is known
        unsupported = np.isnan(money.support[s]).all()
        of_added = margin / _YEAR - (0.0 if unsupported else support)
        rate = expansion.hazard[s][:, ages]
        added = added_arr(rate, expansion.value[s])
        first, value = expansion.first_hazard[s][:, ages], float(expansion.value[s].mean())
        return cls(margin, support, of_added, rate, first, added, value)


def lifecycle_draws(
    hazard: HazardPosterior,
    money: MoneyPosterior,
    expansion: ExpansionPosterior,
    win_shift: Mapping[str, Floats],
    *,
    discount_rate: float,
    size: ArrWeight | None = None,
) -> pd.DataFrame:
    """One row per segment, term type, start age and draw; the columns of post_lifecycle_draws without version and date.

    Where no customer was ever at risk, everything that hangs on how long customers stay is NaN: the prior alone
    is nobody's retention.

    Args:
        size: how the leaving of ARR differs from that of customers; without it they are taken as the same.
    """
    factors = discount_factors(discount_rate)
    seen = np.nan if hazard.is_prior_only else 1.0
    parts = []
    for s, segment in enumerate(hazard.segments):
        for term in TERM_TYPES:
            curve = hazard.survival_draws(segment, term)
            curve_of_arr = curve if size is None else size.survival(segment, curve, across_terms=False)
            for start in START_AGES:
                customers = survival_from(curve, start)
                weight = seen * alive_months(survival_from(curve_of_arr, start)) * factors
                ahead = Ahead.of(money, expansion, s, start)
                survival, alive = seen * customers, seen * alive_months(customers)
                parts.append(
                    pd.DataFrame(
                        {
                            "draw_id": np.arange(N_DRAWS),
                            "segment_id": segment,
                            "term_type": term,
                            "start_age_months": start,
                            "alive_years_disc": weight.sum(axis=1) / _YEAR,
                            "life_years": alive.sum(axis=1) / _YEAR,
                            "margin_per_arr": (weight * ahead.margin).sum(axis=1) / weight.sum(axis=1),
                            "support_cost_per_arr": (weight * ahead.support).sum(axis=1),
                            "expansion_margin_per_arr": (weight * ahead.added * ahead.of_added).sum(axis=1),
                            "expand_prob_12m": expansion_probability_12m(alive, ahead.first_hazard),
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


def _metrics(
    hazard: HazardPosterior, money: MoneyPosterior, expansion: ExpansionPosterior, size: ArrWeight | None, s: int
) -> list[tuple[str, str, Floats, float, float]]:
    """Name, unit, draws, units observed and events of each KPI of one segment."""
    segment = hazard.segments[s]
    seen = np.nan if hazard.is_prior_only else 1.0
    customers = hazard.survival_draws(segment, ALL_TERMS)
    survival, alive = seen * customers, seen * alive_months(customers)
    of_arr = customers if size is None else size.survival(segment, customers, across_terms=True)
    weight = seen * alive_months(of_arr)
    months, churns = hazard.counts(segment, ALL_TERMS)
    extrapolated = seen * hazard.share_extrapolated(segment, ALL_TERMS)
    at_risk, churned = float(months.sum()), float(churns.sum())
    n_margin, n_support = float(money.margin_known[s]), float(money.support_known[s])
    n_both = min(n_margin, n_support)
    margin, support = money.margin[s], money.support[s]
    left = money.arr_margin[s] - _YEAR * support
    cash = weight * left / _YEAR
    year, second = slice(0, _YEAR), slice(_YEAR, 2 * _YEAR)
    n_first, first_events = float(expansion.first_exposed[s]), float(expansion.first_events[s])
    n_events = float(expansion.events[s])

    def mean(values: Floats, months: slice) -> Floats:
        rate: Floats = (weight * values)[:, months].sum(axis=1) / weight[:, months].sum(axis=1)
        return rate

    first = expansion.first_hazard[s]
    return [
        ("survival_12m", "probability", survival[:, _YEAR - 1], at_risk, churned),
        ("life_years", "years", alive.sum(axis=1) / _YEAR, at_risk, churned),
        ("share_extrapolated", "share of life_years", extrapolated, at_risk, churned),
        ("expand_prob_12m", "probability", expansion_probability_12m(alive, first), n_first, first_events),
        ("expansion_value_per_arr", "per 1 of ARR before", expansion.value[s], float(expansion.exposed[s]), n_events),
        ("gross_margin_rate", "share of revenue", mean(margin, year), n_margin, n_margin),
        ("margin_per_arr_year", "per 1 of ARR and year", mean(money.arr_margin[s], year), n_margin, n_margin),
        ("support_cost_per_arr_year", "per 1 of ARR and year", _YEAR * mean(support, year), n_support, n_support),
        ("contribution_per_arr_12m", "per 1 of starting ARR", cash[:, year].sum(axis=1), n_both, churned),
        ("contribution_per_arr_24m", "per 1 of starting ARR", cash[:, : 2 * _YEAR].sum(axis=1), n_both, churned),
        ("margin_rate_at_12m", "share of recurring revenue", mean(left, second), n_both, n_both),
    ]


def segment_kpi(
    hazard: HazardPosterior, money: MoneyPosterior, expansion: ExpansionPosterior, *, size: ArrWeight | None = None
) -> pd.DataFrame:
    """One row per segment and metric, for the mix of term types the segment's customers have.

    Survival, life, expansion and contribution are NaN where no customer was ever at risk, margin and support where
    none is known; with only one of the two known, contribution is NaN and the other is not.
    `n_observed` counts customer-months behind the metric. `n_events` counts churns (survival, life,
    contribution), expansions, or, for the money metrics, again customer-months, each of which is a
    measurement.
    `gross_margin_rate` is of revenue; `margin_per_arr_year` and contribution are gross margin, that of services and
    other one-off bills included, per 1 of ARR. `margin_rate_at_12m` is gross margin less support in a customer's second
    year per 1 of ARR. `p_better` is the probability that the segment is better in it than the whole company (NaN for
    the company).
    """
    rows = []
    company = _metrics(hazard, money, expansion, size, len(hazard.segments) - 1)
    whole = {metric: (draws, n_observed) for metric, _, draws, n_observed, _ in company}
    for s, segment in enumerate(hazard.segments):
        oldest = hazard.oldest_age(segment, ALL_TERMS)
        own = company if s == len(hazard.segments) - 1 else _metrics(hazard, money, expansion, size, s)
        for metric, unit, draws, n_observed, n_events in own:
            company_draws, n_company = whole[metric]
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
                    "p_better": float(probability_better(draws, company_draws, _BETTER.get(metric, "higher"))),
                    "n_observed": int(n_observed),
                    "n_events": int(n_events),
                    "maturity_status": _status(n_observed, n_events, oldest),
                    "fallback_level": fallback_level(n_observed, n_events, n_company),
                }
            )
    return pd.DataFrame(rows)
