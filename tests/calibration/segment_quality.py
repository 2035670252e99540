"""What segments tell about later deals, beside a learner on rows and firmographics, and how steady refits are."""

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import adjusted_rand_score

from tests.calibration.company import Company, mature_deals
from tests.calibration.fitted import assign, learn_rules
from tests.calibration.truth import Population

REFIT_MONTHS = 3


def segment_quality(company: Company, people: Population, seed: int) -> dict[str, float]:
    """R2 of the first year's contribution per ARR of later deals: segment means, row learner, size by industry.

    The company's origin must lie `REFIT_MONTHS` after the first fit: rules are learned then and again at the origin.
    The learner sees all signals of the world.
    """
    first = company.origin - REFIT_MONTHS
    rules, again = learn_rules(company, seed, first), learn_rules(company, seed)
    deals = mature_deals(company, (), first)
    row = np.array([int(i[3:]) for i in deals["opportunity_id"]])
    y = deals["contribution_per_arr_12m"].to_numpy()
    later = people.contribution_12m()
    label, later_label = assign(rules, deals), assign(rules, people.deals.signals)
    used = list(people.deals.signals.columns)
    some = slice(0, 60_000)
    learner = HistGradientBoostingRegressor(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=max(20, len(deals) // 200)
    )
    learner.fit(deals[used].astype(float), y)
    row_fit = learner.predict(people.deals.signals[used].iloc[some].astype(float))
    edges = np.quantile(company.deals.arr, [0.25, 0.5, 0.75])
    firm = np.digitize(company.deals.arr[row], edges) * 8 + company.deals.industry[row]
    later_firm = np.digitize(people.deals.arr, edges) * 8 + people.deals.industry
    r2 = {
        "segments": _r2(later, _means(label, y, later_label)),
        "rows": _r2(later[some], row_fit),
        "firm": _r2(later, _means(firm, y, later_firm)),
    }
    return {
        "n_segments": float(len(set(later_label))),
        "r2_segments": r2["segments"],
        "r2_rows": r2["rows"],
        "r2_firm": r2["firm"],
        "share_of_rows": r2["segments"] / r2["rows"],
        # firmographics may say nothing at all
        "times_firm": r2["segments"] / max(r2["firm"], 0.002),
        "refit_ari": float(adjusted_rand_score(later_label, assign(again, people.deals.signals))),
        "same_id": float(np.mean(later_label == assign(again, people.deals.signals))),
    }


def _means(label: np.ndarray, y: np.ndarray, later: np.ndarray) -> np.ndarray:
    by = pd.Series(y).groupby(label).mean()
    return by.reindex(later).fillna(y.mean()).to_numpy()


def _r2(y: np.ndarray, fit: np.ndarray) -> float:
    return float(1.0 - np.mean((y - fit) ** 2) / y.var())
