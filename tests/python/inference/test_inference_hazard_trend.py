"""The damping: what a forecast adds, and what earlier forecasts say about how much of a trend goes on."""

import numpy as np
import pandas as pd
import pytest

from orchestration.inference.constants import POOLED, TREND_DAMPINGS
from orchestration.inference.streams import stream
from orchestration.inference.trend import damping_draws, damping_weights, years_ahead


def cells(logit_by_quarter: list[float], at_risk: float = 4000.0) -> pd.DataFrame:
    rows = [
        ("monthly", age, age % 12 == 0, 8000 + q, at_risk, at_risk / (1 + np.exp(-level)))
        for q, level in enumerate(logit_by_quarter)
        for age in range(1, 25)
    ]
    names = ["term_type", "age_month", "is_renewal_month", "quarter", "n_at_risk", "n_churn"]
    return pd.DataFrame(rows, columns=names).assign(segment_id=POOLED)


def test_a_trend_goes_on_for_a_year_by_its_damping() -> None:
    ahead = years_ahead(0.5, np.array([1.0, 2.0, 4.0, 20.0]))
    assert ahead == pytest.approx([0.125, 0.1875, 0.234375, 0.234375])
    assert years_ahead(1.0, np.array([4.0, 5.0])) == pytest.approx([1.0, 1.0])
    assert years_ahead(0.0, np.array([4.0])) == pytest.approx([0.0])


def test_a_trend_that_went_on_is_believed() -> None:
    weights = damping_weights(cells([-4 + 0.08 * q for q in range(14)]))
    assert weights[1.0] > 0.9


def test_a_level_that_only_jumped_is_not_taken_for_a_trend() -> None:
    weights = damping_weights(cells([-4 + 0.3 * (q >= 4) for q in range(14)]))
    assert weights[0.0] > 0.9


@pytest.mark.parametrize("history", [cells([-4.0] * 8), cells([-4.0] * 14, at_risk=5.0), cells([-4.0]).head(0)])
def test_without_history_the_prior_stands(history: pd.DataFrame) -> None:
    assert damping_weights(history) == TREND_DAMPINGS


def test_draws_hold_each_damping_as_often_as_its_weight() -> None:
    value, count = np.unique(damping_draws(TREND_DAMPINGS, stream(1, "x", "y")), return_counts=True)
    assert dict(zip(value, count / 500, strict=True)) == pytest.approx(TREND_DAMPINGS)
