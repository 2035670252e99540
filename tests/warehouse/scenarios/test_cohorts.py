"""Cohorts against planted truth: the compiled models themselves, on made-up customers, over many draws of luck.

Belongs here: what the intervals and verdicts of `mart_segment_cohort_month` promise. Whether each rule is read right
stands in the unit tests beside the models.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.warehouse.compiled import Warehouse

pytestmark = pytest.mark.slow

SEEDS = range(20)
MONTHS = 24
LAST_MONTH = pd.Period("2026-10", "M")
_MODELS = (
    "core/facts/fct_cohort_customer_month",
    "core/facts/fct_segment_cohort_month",
    "marts/segments/mart_segment_cohort_month",
)
# name, customers, monthly chance to leave, monthly chance to grow by a fifth, margin rate, support per ARR and year
SEGMENTS = pd.DataFrame(
    [
        ("S1", 500, 0.010, 0.10, 0.80, 0.05),  # compounds
        ("S2", 500, 0.060, 0.01, 0.60, 0.20),  # decays
        ("S3", 500, 0.020, 0.04, 0.70, 0.10),
        ("unassigned", 250, 0.020, 0.04, 0.70, 0.10),
    ],
    columns=["segment_id", "n", "churn", "growth", "margin", "support"],
)
ALIKE = SEGMENTS.assign(n=300, churn=0.025, growth=0.04, margin=0.7, support=0.1)


def _draw(seed: int, segments: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cohorts and months of made-up customers, as int_lifecycle__cohort and fct_customer_month have them."""
    rng = np.random.default_rng(seed)
    customers = segments.loc[segments.index.repeat(segments["n"])].reset_index(drop=True)
    n = len(customers)
    start = rng.integers(0, MONTHS, n)
    age = np.arange(MONTHS)
    left = (rng.random((n, MONTHS)) < customers.churn.to_numpy()[:, None]) & (age > 0)
    is_active = ~np.maximum.accumulate(left, axis=1)
    grows = (rng.random((n, MONTHS)) < customers.growth.to_numpy()[:, None]) & (age > 0)
    worth = np.round(np.exp(rng.normal(11, 0.8, n))[:, None] * np.cumprod(np.where(grows, 1.2, 1.0), axis=1))
    mrr = np.where(is_active, worth, 0)
    change = np.diff(mrr, axis=1, prepend=0)
    revenue = np.round(mrr * rng.uniform(0.9, 1.1, mrr.shape))
    margin = np.round(revenue * (customers.margin.to_numpy()[:, None] + rng.normal(0, 0.1, (n, 1))))
    support = np.round(mrr * customers.support.to_numpy()[:, None] * np.exp(rng.normal(-0.32, 0.8, mrr.shape)))
    seen = age[None, :] + start[:, None] < MONTHS
    who, when = np.nonzero(seen)
    firsts = np.array([(LAST_MONTH - (MONTHS - 1 - month)).to_timestamp() for month in range(MONTHS)])
    ids = np.array([f"c{number:05d}" for number in range(n)])
    cohorts = pd.DataFrame(
        {
            "customer_id": ids,
            "segment_id": customers.segment_id,
            "cohort": [f"{firsts[month]:%Y-%m}" for month in start],
            "cohort_month_on": firsts[start],
            "entry_month_on": firsts[start],
        }
    )
    months = pd.DataFrame(
        {
            "customer_id": ids[who],
            "month_on": firsts[start[who] + when],
            "is_active": is_active[who, when],
            "is_mrr_unknown": False,
            **{
                f"{name}_cents": values[who, when].astype("int64")
                for name, values in {
                    "mrr": mrr,
                    "mrr_change": change,
                    "revenue": revenue,
                    "margin_revenue": revenue,
                    "gross_margin": margin,
                    "support_cost": support,
                }.items()
            },
        }
    )
    return cohorts, months


class Cohorts(Warehouse):
    """The compiled models on tables of one company after another."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, settings="set threads = 1;")
        names = [name for name in SEGMENTS.segment_id if name != "unassigned"]
        self.give("marts.dim_segment", pd.DataFrame({"segment_id": names, "segment_name": names}))
        self.give("core.dim_currency", pd.DataFrame({"exponent": [2], "is_reporting_currency": [True]}))
        self.give_seeds("pattern_limit")

    def build(self, cohorts: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of `mart_segment_cohort_month` for these customers."""
        dates = ("cohort_month_on", "entry_month_on", "month_on")
        for place, frame in (("intermediate.int_lifecycle__cohort", cohorts), ("core.fct_customer_month", months)):
            self.give(place, frame.assign(**{name: frame[name].dt.date for name in dates if name in frame}))
        self.make(*_MODELS)
        return self.read("marts.mart_segment_cohort_month")


@pytest.fixture(scope="module")
def warehouse(plain: tuple[Path, Path]) -> Cohorts:
    """Return the models as the last build compiled them."""
    _, home = plain
    return Cohorts(home)


def _pooled(warehouse: Cohorts, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the pooled rows of every draw at ages 6, 12 and 18, with what was to be expected of each (`e_*`)."""
    drawn = [warehouse.build(*_draw(seed, segments)).assign(seed=seed) for seed in SEEDS]
    rows = pd.concat(drawn).query("cohort == 'all' and segment_id != 'all' and age_month in (6, 12, 18)")
    rows = rows.merge(segments, on="segment_id")
    stayed = (1 - rows.churn) ** rows.age_month
    return rows.assign(
        e_logo_retention=stayed,
        e_nrr=stayed * (1 + 0.2 * rows.growth) ** rows.age_month,
        e_grr=stayed,
        e_gross_margin_rate=rows.margin,
        e_support_cost_per_arr_year=rows.support,
    )


@pytest.fixture(scope="module")
def planted(warehouse: Cohorts) -> pd.DataFrame:
    """Return pooled rows of a company whose segments differ."""
    return _pooled(warehouse, SEGMENTS)


@pytest.mark.parametrize("rate", ["logo_retention", "nrr", "grr", "gross_margin_rate", "support_cost_per_arr_year"])
def test_intervals_cover_the_truth(planted: pd.DataFrame, rate: str) -> None:
    truth = planted[f"e_{rate}"]
    is_covered = planted[f"{rate}_p05"].le(truth) & planted[f"{rate}_p95"].ge(truth)
    # 240 rows are some 80 draws of luck, since ages of one segment go together: three standard errors are ten points
    assert 0.80 <= is_covered.mean() <= 0.97, is_covered.groupby(planted.segment_id).mean()


def test_what_differs_is_called_with_the_right_sign(planted: pd.DataFrame) -> None:
    for verdict in ("logo_retention_verdict", "nrr_verdict"):
        called = planted.query("age_month == 12").groupby("segment_id")[verdict].value_counts().unstack(fill_value=0)
        assert called.loc["S1", "higher"] >= 18 and called.loc["S2", "lower"] >= 18, called
    trajectories = (
        planted.query("age_month == 12").groupby("segment_id")["trajectory"].value_counts().unstack(fill_value=0)
    )
    assert trajectories.loc["S1", "compounds"] >= 14 and trajectories.loc["S2", "decays"] == len(SEEDS), trajectories


def test_segments_alike_are_not_told_apart(warehouse: Cohorts) -> None:
    rows = _pooled(warehouse, ALIKE)
    for verdict in ("logo_retention_verdict", "nrr_verdict"):
        false_calls = rows[verdict].isin(["higher", "lower"]).groupby(rows["seed"]).any()
        # a tenth of the companies may show one: more than six of twenty would be chance once in four hundred
        assert false_calls.sum() <= 6, (verdict, false_calls.sum())
