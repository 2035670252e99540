"""The published numbers of one company, by calls to public functions only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference import segments as segments_module
from orchestration.inference.hazard import HazardPosterior, hazard_table
from orchestration.inference.lifecycle import segment_kpi
from orchestration.inference.optimism import optimism_of
from orchestration.inference.posteriors import fit_life
from orchestration.inference.segment_versions import fit_segment_versions
from orchestration.inference.segments import assign_segments
from orchestration.inference.survival import alive_months
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
    return fit_segment_versions(sample, as_of=first_day(month), seed=seed)["segment_rule"]


def assign(rules: pd.DataFrame, signals: pd.DataFrame) -> np.ndarray:
    """Segment id of each deal. Signals that the world does not have are unknown."""
    return assign_segments(rules, signals).to_numpy().astype(str)


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
    fitted = fit_life(
        hazard=tables.hazard,
        money=tables.money,
        expansion=tables.expansion,
        money_quarterly=tables.money_quarterly,
        seed=seed,
        segments=names,
        optimism=None if rules is None else optimism_of(rules),
    )
    life, cash, growth = fitted.hazard, fitted.money, fitted.expansion
    kpi = segment_kpi(life, cash, growth, size=fitted.size)[["segment_id", "metric", "mean", "p05", "p95"]]
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
