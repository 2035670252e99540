"""The tail: Fader and Hardie's retention series forecast, own data against the company's, continuity."""

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.inference import tail
from orchestration.inference.constants import ALL_TERMS, HORIZON_MONTHS
from orchestration.inference.hazard import fit_hazard, hazard_table
from orchestration.inference.hazard_design import life_table_years
from orchestration.inference.streams import stream

# Share of a cohort of 1,000 still there after year 0, 1, ... 12 (Fader and Hardie 2007, table 1).
REGULAR = (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3)
HIGH_END = (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4)


def years(retained: tuple[float, ...]) -> tail.Years:
    alive = 10.0 * np.array(retained)
    return tail.Years(alive[:-1], alive[:-1] - alive[1:])


@pytest.mark.parametrize(
    ("series", "gamma", "delta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)], ids=["regular", "high end"]
)
def test_seven_years_forecast_the_next_five(series: tuple[float, ...], gamma: float, delta: float) -> None:
    known = years(series[:8])
    forecast = tail.retention_draws(known, 12, stream(1, "tail", "golden"))
    truth = np.array(series[8:]) / 100
    assert np.mean(np.abs(forecast.mean(axis=0)[7:] / truth - 1)) <= 0.03
    low, high = np.quantile(forecast[:, 7:], [0.05, 0.95], axis=0)
    assert ((low <= truth) & (truth <= high)).all()
    fit = tail.fit_years(known)
    at = int(np.argmax(fit.log_like))
    assert np.exp(tail.GRID[at]) == pytest.approx(gamma + delta - 1, rel=0.08)
    assert 1 / (1 + np.exp(-fit.logit[at])) == pytest.approx(gamma / (gamma + delta), rel=0.03)


def test_a_segment_without_years_of_its_own_takes_the_others() -> None:
    nothing = tail.fit_years(tail.Years(np.array([]), np.array([])))
    much = tail.fit_years(tail.Years(years(REGULAR).at_risk * 20, years(REGULAR).lost * 20))
    assert np.ptp(nothing.log_like) == pytest.approx(0.0, abs=1e-9)
    own, borrowed = tail.segment_weights([much.log_like, nothing.log_like])
    alone = tail.company_weights(nothing.log_like)

    def mean(weight: np.ndarray) -> float:
        return float(weight @ tail.GRID)

    def sd(weight: np.ndarray) -> float:
        return float(np.sqrt(weight @ (tail.GRID - mean(weight)) ** 2))

    assert abs(mean(borrowed) - mean(own)) < 0.25 < abs(mean(alone) - mean(own))
    assert sd(own) < 0.1 < 0.4 < sd(borrowed) < sd(alone)


def test_the_tail_starts_where_it_is_told_and_falls() -> None:
    hazard = np.full((2, HORIZON_MONTHS), 0.03)
    out = tail.extend(hazard, 18, np.array([0.5, 400.0]), np.array([0.02, 0.02]))
    assert (out[:, :18] == 0.03).all()
    assert (np.diff(out[:, 18:], axis=1) < 0).all()
    # year t = age / 12 + 1/2: from 2.0 at age 18 to 5.5 at age 60
    assert out[0, -1] == pytest.approx(0.02 * (0.5 + 2.0) / (0.5 + 5.5))
    assert out[1, 18] == pytest.approx(0.02, rel=0.01) and out[1, -1] > 0.0195


def test_life_table_ends_with_the_last_whole_year_and_carries_greenwoods_variance() -> None:
    age = np.arange(1, 31)
    cells = pd.DataFrame({"term_type": "annual", "age_month": age, "n_at_risk": 100.0, "n_churn": 1.0})
    table = life_table_years(cells, "annual")
    stay = 0.99**12
    assert table.at_risk.size == 2
    assert table.lost / table.at_risk == pytest.approx([1 - stay] * 2)
    assert stay * (1 - stay) / table.at_risk == pytest.approx([stay**2 * 12 / (100 * 99)] * 2)
    assert life_table_years(cells, "monthly").at_risk.size == 0


def test_hazard_beyond_the_ages_seen_falls_and_says_so(company: simulate.Company) -> None:
    young = company.hazard[company.hazard["age_month"] <= 20]
    posterior = fit_hazard(young, seed=1)
    assert posterior.last_age == 20
    table = hazard_table(posterior).set_index(["segment_id", "term_type", "age_month"])
    monthly = table.loc[("S1", "monthly")]
    ordinary = monthly.loc[[a for a in range(21, 61) if a % 12], "hazard_mean"].to_numpy()
    assert (np.diff(ordinary) < 0).all()
    # continuous but for what the last month alone holds
    assert ordinary[0] == pytest.approx(monthly.loc[20, "hazard_mean"], rel=0.2)
    assert (monthly["is_extrapolated"] == (monthly.index > 20)).all()
    assert (monthly.loc[21:, "fallback_level"] == "company").all()
    width = (monthly["hazard_p95"] - monthly["hazard_p05"]) / monthly["hazard_mean"]
    assert width[59] > width[25]


def test_share_extrapolated_is_the_life_beyond_the_oldest_age(company: simulate.Company) -> None:
    young = company.hazard[company.hazard["age_month"] <= 20]
    posterior = fit_hazard(young, seed=1)
    survival = posterior.survival_draws("S2", ALL_TERMS)
    expected = survival[:, 20:59].sum(axis=1) / (1 + survival[:, :59].sum(axis=1))
    assert posterior.share_extrapolated("S2", ALL_TERMS) == pytest.approx(expected)
    # nobody of an unknown segment was seen, so all but the month in which a customer signs is extrapolated
    assert (fit_hazard(young, seed=1, segments=["S9"]).share_extrapolated("S9", ALL_TERMS) > 0.7).all()
    whole = fit_hazard(company.hazard, seed=1)
    assert whole.share_extrapolated("S2", ALL_TERMS).mean() < 0.02
