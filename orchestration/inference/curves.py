"""Tables of what money and expansion do with age, read from the posteriors.

Every number carries how much it rests on (`n_observed`, `n_events`, `fallback_level`) and whether anyone of that age
was seen (`is_extrapolated`). Where nothing is known the number is NaN, never zero.
"""

import numpy as np
import pandas as pd

from orchestration.inference.arr_weight import ArrWeight
from orchestration.inference.comparison import probability_better
from orchestration.inference.constants import (
    ALL_TERMS,
    EXPANSION_BAND_STARTS,
    HORIZON_MONTHS,
    MONEY_BAND_LABELS,
    N_DRAWS,
)
from orchestration.inference.evidence import fallback_level
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.lifecycle import added_arr, expanded_by
from orchestration.inference.money import MONTH_BAND, MoneyPosterior
from orchestration.inference.survival import alive_months

_YEAR = 12
_AGE_BAND = np.searchsorted(EXPANSION_BAND_STARTS, np.arange(1, HORIZON_MONTHS + 1), side="right") - 1


def _summary(name: str, draws: Floats) -> dict[str, Floats]:
    """Mean and 90 % interval by month of draws of shape (500, months)."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {f"{name}_mean": draws.mean(axis=0), f"{name}_p05": low, f"{name}_p95": high}


def _levels(observed: Floats, events: Floats, company: Floats) -> list[str]:
    return [fallback_level(*counts) for counts in zip(observed, events, company, strict=True)]


def expansion_curve(
    hazard: HazardPosterior, expansion: ExpansionPosterior, *, size: ArrWeight | None = None
) -> pd.DataFrame:
    """One row per segment and age month 1..60.

    Columns: hazard_* (probability of an expansion in the month, of a customer active at its end), cumulative_*
    (probability of at least one expansion by the end of the month; leaving ends it; `cumulative_p_better` that it is
    higher than the whole company's), added_arr_* (ARR added by then
    and still in force, per 1 of starting ARR of all that started). `n_observed` customer-months and `n_events`
    expansions of the month's age band (1-6, 7-12, 13-24, 25 and later) are what its rate is fitted on.
    """
    seen = np.nan if hazard.is_prior_only else 1.0
    everybody = seen * alive_months(hazard.survival_draws(expansion.segments[-1], ALL_TERMS))
    company = expanded_by(everybody, expansion.first_hazard[-1])
    parts = []
    for s, segment in enumerate(expansion.segments):
        customers = hazard.survival_draws(segment, ALL_TERMS)
        of_arr = customers if size is None else size.survival(segment, customers, across_terms=True)
        is_company = s == len(expansion.segments) - 1
        cumulative = company if is_company else expanded_by(seen * alive_months(customers), expansion.first_hazard[s])
        rate = expansion.hazard[s]
        # in force at the end of the month: those of the month itself count
        added = seen * of_arr * (added_arr(rate, expansion.value[s]) + rate * expansion.value[s][:, None])
        observed, events = expansion.age_exposed[s][_AGE_BAND], expansion.age_events[s][_AGE_BAND]
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": segment,
                    "age_month": np.arange(1, HORIZON_MONTHS + 1),
                    **_summary("hazard", rate),
                    **_summary("cumulative", cumulative),
                    "cumulative_p_better": probability_better(cumulative, company, "higher"),
                    **_summary("added_arr", added),
                    "n_observed": observed.astype(np.int64),
                    "n_events": events.astype(np.int64),
                    "fallback_level": _levels(observed, events, expansion.age_exposed[-1][_AGE_BAND]),
                    "is_extrapolated": np.arange(1, HORIZON_MONTHS + 1) > hazard.oldest_age(segment, ALL_TERMS),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def money_curve(money: MoneyPosterior) -> pd.DataFrame:
    """One row per segment and month of age 0..59, of customers active in that month.

    Columns: margin_* (gross margin per revenue), support_cost_* (per 1 of ARR and year), both with the probability of
    being better than the whole company's (`*_p_better`), customer_month_cost_* (support
    cost per customer and month in minor units: the rate times the mean ARR of those seen at that age; NaN where none
    was). `n_margin_known` and `n_support_known` count customer-months of that age.
    """
    company_margin, company_support = money.margin[-1], _YEAR * money.support[-1]
    parts = []
    for s, segment in enumerate(money.segments):
        is_company = s == len(money.segments) - 1
        months = money.support_months[s]
        mean_arr = np.divide(money.support_arr[s], months, out=np.full(HORIZON_MONTHS, np.nan), where=months > 0)
        support = money.support[s]
        margin = company_margin if is_company else money.margin[s]
        yearly = company_support if is_company else _YEAR * support
        oldest = int(np.flatnonzero(np.maximum(money.margin_months[s], months) > 0).max(initial=-1))
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": segment,
                    "age_month": np.arange(HORIZON_MONTHS),
                    **_summary("margin", margin),
                    "margin_p_better": probability_better(margin, company_margin, "higher"),
                    **_summary("support_cost", yearly),
                    "support_cost_p_better": probability_better(yearly, company_support, "lower"),
                    **_summary("customer_month_cost", support * mean_arr),
                    "n_margin_known": money.margin_months[s].astype(np.int64),
                    "n_support_known": months.astype(np.int64),
                    "margin_fallback_level": _measured(money.margin_months, s),
                    "support_fallback_level": _measured(money.support_months, s),
                    "is_extrapolated": np.arange(HORIZON_MONTHS) > oldest,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _measured(months: Floats, s: int) -> list[str]:
    """Level of each month by the customer-months of its age band, each of which is a measurement."""
    by_band = np.array([[row[band == MONTH_BAND].sum() for band in range(len(MONEY_BAND_LABELS))] for row in months])
    own = by_band[s][MONTH_BAND]
    return _levels(own, own, by_band[-1][MONTH_BAND])


def money_draws(money: MoneyPosterior) -> pd.DataFrame:
    """One row per draw, segment and age band: gross margin and support cost, both per 1 of ARR and year."""
    first = [int(np.flatnonzero(band == MONTH_BAND)[0]) for band in range(len(MONEY_BAND_LABELS))]
    parts = [
        pd.DataFrame(
            {
                "draw_id": np.arange(N_DRAWS),
                "segment_id": segment,
                "age_band": label,
                "margin_per_arr": money.arr_margin[s][:, month],
                "support_cost_rate": _YEAR * money.support[s][:, month],
            }
        )
        for s, segment in enumerate(money.segments)
        for label, month in zip(MONEY_BAND_LABELS, first, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)
