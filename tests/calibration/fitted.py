"""The published numbers of one company, by calls to public functions only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference import posteriors
from orchestration.inference import segments as segments_module
from orchestration.inference.expansion import fit_expansion
from orchestration.inference.hazard import HazardPosterior, fit_hazard, hazard_table
from orchestration.inference.lifecycle import alive_months, segment_kpi
from orchestration.inference.money import fit_money
from orchestration.inference.optimism import Optimism, optimism_of
from orchestration.inference.segments import assign_segments
from tests.calibration.company import UNASSIGNED, Company, Statistics, first_day, mature_deals, statistics

LOW, HIGH = 0.05, 0.95
# counted in months or deals of the segment; all other ids are left out of the judgement
NOT_JUDGED = {"all", UNASSIGNED}
_SAMPLE_COLUMNS = tuple(
    sorted({*segments_module.FEATURES, *segments_module.TARGETS, "contribution_per_arr_12m", "support_per_arr_12m"})
)


@dataclass(frozen=True)
class Fitted:
    """What is published about one company: `quantity` (segment_id, quantity, mean, p05, p95) and the hazard table."""

    quantity: pd.DataFrame
    hazard: pd.DataFrame
    life: HazardPosterior


def learn_rules(company: Company, seed: int, at: int | None = None) -> pd.DataFrame:
    """segment_rule as of the first day of month `at` (default: the origin)."""
    month = company.origin if at is None else at
    sample = mature_deals(company, _SAMPLE_COLUMNS, month)
    chain = _versions()
    if chain is not None:
        return chain(sample, as_of=first_day(month), seed=seed)["segment_rule"]
    return segments_module.fit_segment_rules(sample, as_of=first_day(month), seed=seed)


def _versions():
    try:
        from orchestration.inference.segment_versions import fit_segment_versions
    except ImportError:
        return None
    return fit_segment_versions


def assign(rules: pd.DataFrame, signals: pd.DataFrame) -> np.ndarray:
    """Segment id of each deal. Signals that the world does not have are unknown."""
    return assign_segments(rules, signals).to_numpy().astype(str)


def _posteriors(tables: Statistics, seed: int, names: list[str], optimism: Optimism | None):
    """Posteriors whose draws are tied together where the project ties them."""
    together = getattr(posteriors, "fit_life", None)
    if together is not None:
        life = together(
            hazard=tables.hazard,
            money=tables.money,
            expansion=tables.expansion,
            money_quarterly=tables.money_quarterly,
            seed=seed,
            segments=names,
            optimism=optimism,
        )
        return life.hazard, life.money, life.expansion, {"size": life.size}
    return (
        fit_hazard(tables.hazard, seed=seed, segments=names),
        fit_money(tables.money, seed=seed, segments=names),
        fit_expansion(tables.expansion, seed=seed, segments=names),
        {},
    )


def fit(
    company: Company,
    segment: np.ndarray,
    seed: int,
    counts: Statistics | None = None,
    rules: pd.DataFrame | None = None,
) -> Fitted:
    """Fit everything about customers from counts; `rules` where segments were found on the company's own deals."""
    tables = counts or statistics(company, segment)
    names = sorted(set(segment))
    life, cash, growth, size = _posteriors(tables, seed, names, None if rules is None else optimism_of(rules))
    kpi = segment_kpi(life, cash, growth, **size)[["segment_id", "metric", "mean", "p05", "p95"]]
    parts = [kpi.rename(columns={"metric": "quantity"})]
    have = set(kpi["metric"])
    for s, name in enumerate(life.segments):
        survival = life.survival_draws(name, "all")
        alive = alive_months(survival)
        margin, support = np.asarray(cash.arr_margin)[s], np.asarray(cash.support)[s]
        draws = {
            "survival_24m": survival[:, 23],
            "rmst_36m": alive[:, :36].sum(axis=1),
            "contribution_per_arr_24m": (alive * (margin / 12 - support))[:, :24].sum(axis=1),
            "expansion_value_per_arr": np.asarray(growth.value)[s],
        }
        for quantity, values in draws.items():
            if quantity not in have:
                low, high = np.quantile(values, [LOW, HIGH])
                parts.append(
                    pd.DataFrame(
                        {"segment_id": [name], "quantity": quantity, "mean": values.mean(), "p05": low, "p95": high}
                    )
                )
    return Fitted(pd.concat(parts, ignore_index=True), hazard_table(life), life)
