"""Past intervals for single deals: fitted on first years that were over at the origin, held against the next ones."""

import numpy as np
import pandas as pd

from orchestration.inference.backtest_metrics import MIN_JUDGED
from orchestration.inference.backtest_rows import NEW, complete_before, month_start, watched_from
from orchestration.inference.constants import POOLED
from orchestration.inference.deal_interval import TARGET, fit_deal_interval, score_deal_value
from orchestration.inference.segment_data import FEATURES

QUANTITY = "contribution_deal"
COVER = "deal_interval_cover"
_HORIZON = 12
_LEAST_TAUGHT, _LEAST_SCORED = 100, 20


def _deals(rows: pd.DataFrame, segment: str) -> pd.DataFrame:
    """Rows of new customers with a known first year, as the table that the interval is fitted on."""
    contribution = rows["gross_margin_cents"] - rows["support_cost_cents"]
    known = contribution.notna() & (rows["size"] > 0)
    rows = rows[known]
    return pd.DataFrame(
        {
            "opportunity_id": rows["customer_id"],
            "segment_id": rows[segment].fillna("unassigned"),
            "started_on": [month_start(month) for month in rows["origin"]],
            TARGET: contribution[known] / rows["size"],
            **{name: rows[name] for name in FEATURES},
        }
    ).reset_index(drop=True)


def deal_interval_rows(customers: pd.DataFrame, month: int, seed: int) -> list[dict[str, object]]:
    """Rows of backtest_score for the 80 % intervals of single deals that started in the quarter after an origin.

    Args:
        customers: checked rows of sample_backtest_customer.
        month: the origin, months since year 0.

    Returns:
        By segment and for 'all': the mean contribution observed and expected per ARR, their ratio, and the share of
        deals inside their interval; empty with fewer than 100 deals to learn from or 20 to score.
    """
    taught = _deals(complete_before(customers, month, _HORIZON, NEW), "segment_id_when_known")
    watched = _deals(watched_from(customers, month, _HORIZON, NEW), "segment_id")
    if len(taught) < _LEAST_TAUGHT or len(watched) < _LEAST_SCORED:
        return []
    day = month_start(month).date()
    tables = fit_deal_interval(taught, as_of=day, seed=seed, segments=set(watched["segment_id"]))
    ends = score_deal_value(tables["deal_interval"], tables["deal_value_coefficient"], watched)
    if not np.isfinite(ends.to_numpy(dtype=np.float64)).all():
        return []
    value = watched[TARGET].to_numpy(dtype=np.float64)
    mean = ends["mean_per_arr"].to_numpy(dtype=np.float64)
    held = (ends["lower_per_arr"].to_numpy() <= value) & (value <= ends["upper_per_arr"].to_numpy())
    rows: list[dict[str, object]] = []
    home = watched["segment_id"].to_numpy(dtype=object)
    for segment in [*sorted(set(home)), POOLED]:
        at = np.ones(len(home), dtype=bool) if segment == POOLED else home == segment
        observed, expected = float(value[at].mean()), float(mean[at].mean())
        found = {"observed": observed, "expected": expected, COVER: float(held[at].mean())}
        if expected > 1e-9:
            found["o_e"] = observed / expected
        rows += [
            {
                "origin_on": day,
                "horizon_months": _HORIZON,
                "quantity": QUANTITY,
                "segment_id": segment,
                "model": "ours",
                "metric": metric,
                "value": number,
                "noise_floor": float("nan"),
                "n_observed": int(at.sum()),
                "n_events": int(held[at].sum()) if metric == COVER else int(at.sum()),
                "is_judged": bool(at.sum() >= MIN_JUDGED),
            }
            for metric, number in found.items()
        ]
    return rows
