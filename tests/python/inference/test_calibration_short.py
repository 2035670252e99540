"""A short form of `make calibration`: a few companies of known truth, wide limits, and the referee held to account."""

import numpy as np
import pandas as pd
import pytest

from tests.calibration.cohort import SERIES, constant_rate, maximum_likelihood, retention_error
from tests.calibration.company import hidden_segments, make_company, mature_deals, statistics
from tests.calibration.fitted import fit
from tests.calibration.goals import ACCEPTED_MISS, MET, MISSED, UNCLEAR, Goal, accepted_misses, is_failed, render
from tests.calibration.pipeline import log_loss, make_pipeline
from tests.calibration.score import cover_hazard_bands, cover_quantities, excess_ece, new_deals, slope_of
from tests.calibration.truth import Population, Truth, population, truth_of
from tests.calibration.worlds import Drift, draw_deals

NAMES = np.array([f"S{i + 1}" for i in range(6)])
PEOPLE = 50_000


@pytest.fixture(scope="module", params=["logit", "weibull"])
def world(request: pytest.FixtureRequest) -> tuple[str, Population, Truth]:
    people = population(request.param, PEOPLE)
    return request.param, people, truth_of(people, NAMES[people.deals.kind])


def test_published_numbers_keep_their_word(world: tuple[str, Population, Truth]) -> None:
    name, people, truth = world
    covers, bands, ratios = [], [], []
    for seed in range(3):
        company = make_company(name, 7_000 + seed, 4_000)
        fitted = fit(company, hidden_segments(company), seed)
        covers.append(cover_quantities(fitted, truth).groupby("quantity")["inside"].mean())
        bands.append(cover_hazard_bands(fitted, truth)["inside"].mean())
        ratios.append(new_deals(fitted, people, NAMES[people.deals.kind], np.random.default_rng(seed)))
    cover, scores = pd.DataFrame(covers).mean(), pd.DataFrame(ratios).mean()
    # 18 intervals each: the goals are judged on hundreds by `make calibration`, here only a broken one is caught
    for quantity in ("survival_12m", "survival_24m", "life_years", "expand_prob_12m", "gross_margin_rate"):
        assert cover[quantity] >= 0.70, quantity
    assert np.mean(bands) >= 0.70
    assert 0.92 <= scores["new_oe"] <= 1.08
    assert 0.85 <= scores["new_slope"] <= 1.20


def test_the_truth_is_that_of_the_companies() -> None:
    """Customers drawn one by one leave as the curves say, whether their start was seen or not."""
    for name in ("logit", "weibull"):
        company = make_company(name, 1, 10_000)
        stays = np.cumprod(1.0 - company.deals.hazard[:, :12], axis=1, dtype=float)[:, -1]
        assert abs(np.mean(company.leaves > 12) - stays.mean()) < 0.018
        seen = company.rows.groupby("who")["age"].min()
        late = company.start[seen.index] < 0
        assert np.array_equal(seen[late].to_numpy(), -company.start[seen.index][late])
        assert (company.leaves[seen.index] + company.start[seen.index] > 0).all()


def test_counts_hold_every_customer_once_a_month() -> None:
    company = make_company("logit", 2, 1_500)
    counts = statistics(company, hidden_segments(company))
    assert counts.money["n_customer_months"].sum() == len(company.rows)
    gone = (company.leaves + company.start < company.origin) & (company.leaves + company.start >= 1)
    assert counts.hazard["n_churn"].sum() == gone.sum()
    assert (counts.hazard["n_churn"] <= counts.hazard["n_at_risk"]).all()
    stays = counts.hazard["n_at_risk"].sum() - counts.hazard["n_churn"].sum()
    assert counts.expansion["n_exposed_months"].sum() == stays
    later = mature_deals(company, ())
    sooner = mature_deals(company, (), company.origin - 3)
    both = later.merge(sooner, on="opportunity_id", suffixes=("", "_then"))
    assert len(both) == len(sooner) < len(later)
    # what was known of a deal three months ago is known of it now
    assert (both["contribution_per_arr_12m"] == both["contribution_per_arr_12m_then"]).all()


def test_drift_moves_the_hazard_from_month_zero_on() -> None:
    rng = np.random.default_rng
    start = np.zeros(2_000)
    still = draw_deals("logit", 2_000, rng(3), start, Drift(), 24)
    moving = draw_deals("logit", 2_000, rng(3), start, Drift(churn=0.02), 24)
    odds = [h.hazard[:, 11] / (1 - h.hazard[:, 11]) for h in (still, moving)]
    assert np.allclose(np.log(odds[1] / odds[0]), 0.02 * 12, atol=1e-3)


def test_scores_tell_good_predictions_from_bad_ones() -> None:
    rng = np.random.default_rng(0)
    truth = 1 / (1 + np.exp(-rng.normal(-1.0, 1.0, 20_000)))
    logit = np.log(truth / (1 - truth))
    assert slope_of(truth, truth) == pytest.approx(1.0)
    assert slope_of(1 / (1 + np.exp(-2 * logit)), truth) == pytest.approx(0.5, abs=0.01)
    assert abs(excess_ece(truth, truth, rng)) < 0.002
    assert excess_ece(truth * 0.8, truth, rng) > 0.03


def test_the_oracle_of_a_pipeline_is_calibrated_and_unbeaten() -> None:
    pipeline = make_pipeline("tangled", 5, 4_000)
    won = pipeline.weeks["is_won"].to_numpy()
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.7), (0.7, 1.0)):
        inside = (pipeline.oracle >= low) & (pipeline.oracle < high)
        assert abs(pipeline.oracle[inside].mean() - won[inside].mean()) < 0.05
    base = np.full(won.size, won.mean())
    assert log_loss(pipeline.oracle, pipeline) < 0.85 * log_loss(base, pipeline)
    logit = np.log(pipeline.oracle / (1 - pipeline.oracle))
    for bent in (0.7, 1.4):
        assert log_loss(1 / (1 + np.exp(-bent * logit)), pipeline) > log_loss(pipeline.oracle, pipeline)


def test_the_public_series_judge_a_tail() -> None:
    for series in SERIES:
        assert (
            retention_error(maximum_likelihood(series), series) < 0.03 < retention_error(constant_rate(series), series)
        )


def _goal(value: float, error: float) -> Goal:
    return Goal("a/b", "cover", 0.88, 0.92, value, error)


def test_a_verdict_knows_its_own_error() -> None:
    assert _goal(0.90, 0.01).verdict(set()) == MET
    assert _goal(0.87, 0.01).verdict(set()) == UNCLEAR
    assert _goal(0.85, 0.01).verdict(set()) == MISSED
    assert _goal(0.85, 0.01).verdict({"a/b"}) == ACCEPTED_MISS
    assert _goal(0.90, 0.01).verdict({"a/b"}) == MET
    assert _goal(float("nan"), 0.01).verdict(set()) == MISSED
    assert is_failed([_goal(0.85, 0.01)], {})
    assert not is_failed([_goal(0.85, 0.01)], {"a/b": "why"})
    assert max(map(len, render([_goal(0.85, 0.01)], {}).splitlines())) <= 110


def test_an_accepted_miss_has_a_reason() -> None:
    assert all(len(str(reason)) > 20 for reason in accepted_misses().values())
