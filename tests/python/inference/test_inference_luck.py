"""Luck of one customer: it moves no mean, spreads as customers do, and stays unknown where life or margin is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed
from orchestration.inference.constants import N_LIVES, START_AGES, TERM_TYPES
from orchestration.inference.lifecycle import Ahead, discount_factors, life_path, lifecycle_draws
from orchestration.inference.luck import COLUMNS, _play, centred, fit_levels, life_luck
from orchestration.inference.posteriors import Life, fit_life
from orchestration.inference.survival import alive_months, survival_from

SEED = 3
KEEP, FIRST_SD, LATER_SD = 0.6, 0.2, 0.1


@pytest.fixture(scope="module")
def life(company: simulate.Company) -> Life:
    return fit_life(hazard=company.hazard, money=company.money, expansion=company.expansion, seed=SEED)


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    """Three years each of 900 customers in three segments, with a known spread and a known share kept."""
    rng = np.random.default_rng(8)
    n = 900
    level = np.empty((n, 3))
    level[:, 0] = rng.standard_normal(n)
    for y in (1, 2):
        level[:, y] = KEEP * level[:, y - 1] + np.sqrt(1 - KEEP**2) * rng.standard_normal(n)
    customer, segment = np.arange(n), rng.choice(["S1", "S2", "S3"], n)
    parts = [
        pd.DataFrame(
            {
                "customer_id": [f"c{i}" for i in customer],
                "segment_id": segment,
                "year_of_life": y + 1,
                "contribution_per_arr": 0.6 + (FIRST_SD if y == 0 else LATER_SD) * level[:, y],
            }
        )
        for y in range(3)
    ]
    return pd.concat(parts, ignore_index=True)


def luck_of(life: Life, company: simulate.Company, years: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    return life_luck(
        life.hazard,
        life.money,
        life.expansion,
        life.size,
        customer_years=years,
        expansion_counts=company.expansion,
        discount_rate=0.10,
        seed=seed,
    )


def test_luck_moves_no_mean_and_is_the_same_again(life: Life, company: simulate.Company, years: pd.DataFrame) -> None:
    luck = luck_of(life, company, years)
    key = ["segment_id", "term_type", "start_age_months"]
    assert len(luck) == len(life.hazard.segments) * len(TERM_TYPES) * len(START_AGES) * N_LIVES
    sums = luck.groupby(key)[["luck_e6", "growth_luck_e6"]].sum()
    assert (sums == 0).all().all()
    assert luck.equals(luck_of(life, company, years.sample(frac=1.0, random_state=1)))
    assert not luck.equals(luck_of(life, company, years, seed=SEED + 1))


def test_whole_millionths_sum_to_nothing() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        whole = centred(rng.normal(3.0, 1.0, N_LIVES))
        assert whole.sum() == 0 and abs(whole).max() > 1e5


def test_spread_and_what_is_kept_are_read_off_customers(years: pd.DataFrame) -> None:
    levels = fit_levels(years)
    assert levels.kept == pytest.approx(KEEP, abs=0.06)
    for first, later in [levels.common, *levels.spread.values()]:
        assert first == pytest.approx(FIRST_SD, rel=0.12) and later == pytest.approx(LATER_SD, rel=0.12)
    # 49 customers of one segment take the spread of all, 50 have their own
    wide = years.query("segment_id == 'S3' and year_of_life == 1").assign(segment_id="S9")
    wide["contribution_per_arr"] = 0.6 + 0.5 * (wide["contribution_per_arr"] - 0.6)
    for number, own in ((49, False), (50, True)):
        more = pd.concat([years, wide.head(number).assign(customer_id=[f"w{i}" for i in range(number)])])
        again = fit_levels(more)
        assert (again.spread["S9"][0] < 0.8 * again.common[0]) == own
    # with 29 pairs of years nothing is said of what is kept: customers then stay where they are, the widest answer
    few = years[years["customer_id"].isin([f"c{i}" for i in range(29)]) & (years["year_of_life"] < 3)]
    assert fit_levels(few).kept == 1.0
    assert fit_levels(years.head(0)[list(COLUMNS)]).common == (0.0, 0.0)


def test_eighty_of_a_hundred_customers_of_the_same_law_end_inside(
    life: Life, company: simulate.Company, years: pd.DataFrame
) -> None:
    luck, levels, factors = luck_of(life, company, years), fit_levels(years), discount_factors(0.10)
    inside = []
    for s, segment in enumerate(life.hazard.segments[:4]):
        for start in (0, 24):
            own = luck.query("segment_id == @segment and term_type == 'annual' and start_age_months == @start")
            known = (own["luck_e6"] + own["growth_luck_e6"]).to_numpy(dtype=float) / 1e6
            low, high = np.quantile(known, [0.1, 0.9])
            curve = life.size.survival(segment, life.hazard.survival_draws(segment, "annual"), across_terms=False)
            alive = alive_months(survival_from(curve, start)).mean(axis=0)
            ahead = Ahead.of(life.money, life.expansion, s, start)
            for seed in range(4):
                rng = np.random.default_rng(1000 * seed + s)
                base, growth = _play(alive, ahead, levels, factors, 0.5, segment, start, rng)
                outcome = base + growth - (base + growth).mean()
                inside.append(np.mean((outcome >= low) & (outcome <= high)))
    assert 0.77 <= np.mean(inside) <= 0.83
    assert min(inside) > 0.70


def test_a_life_valued_from_an_age_is_that_of_those_still_there(life: Life) -> None:
    segment = life.hazard.segments[0]
    survival = life.hazard.survival_draws(segment, "annual")
    later = survival_from(survival, 12)
    np.testing.assert_allclose(later[:, :48], survival[:, 12:] / survival[:, 11:12])
    assert np.array_equal(survival_from(survival, 0), survival)
    # after the fifth year comes another like it
    fifth = survival[:, 48:] / survival[:, 47:48]
    np.testing.assert_allclose(later[:, 48:] / later[:, 47:48], fifth)


def test_the_monthly_path_adds_up_to_the_value_of_the_draws(life: Life) -> None:
    shift = dict.fromkeys(life.hazard.segments, np.zeros(500))
    parts = (life.hazard, life.money, life.expansion)
    draws = lifecycle_draws(*parts, shift, discount_rate=0.10, size=life.size)
    draws["value"] = draws["margin_per_arr"] * draws["alive_years_disc"] - draws["support_cost_per_arr"]
    key = ["segment_id", "term_type", "start_age_months"]
    path = life_path(*parts, size=life.size)
    factor = discount_factors(0.10)[path["month_since_close"] - 1]
    path = path.assign(value=path["contribution_per_arr"] * factor, growth=path["growth_per_arr"] * factor)
    means, sums = draws.groupby(key).mean(numeric_only=True), path.groupby(key)[["value", "growth"]].sum()
    np.testing.assert_allclose(sums["value"], means["value"])
    np.testing.assert_allclose(sums["growth"], means["expansion_margin_per_arr"])


def test_without_life_or_margin_luck_is_unknown(life: Life, company: simulate.Company, years: pd.DataFrame) -> None:
    no_margin = replace(life, money=replace(life.money, arr_margin=np.full_like(life.money.arr_margin, np.nan)))
    assert luck_of(no_margin, company, years)[["luck_e6", "growth_luck_e6"]].isna().all().all()
    no_support = replace(life, money=replace(life.money, support=np.full_like(life.money.support, np.nan)))
    assert luck_of(no_support, company, years)["luck_e6"].notna().all()
    empty = fit_life(hazard=company.hazard.head(0), money=company.money, expansion=company.expansion, seed=SEED)
    assert luck_of(empty, company, years)["luck_e6"].isna().all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contribution_per_arr": None}, "contribution_per_arr, row 0: is null"),
        ({"year_of_life": 0}, "year_of_life, row 0: is below 1"),
        ({"year_of_life": 1}, "year_of_life.*repeats a year"),
    ],
)
def test_bad_rows_are_named(years: pd.DataFrame, change: dict[str, object], said: str) -> None:
    with pytest.raises(CheckFailed, match=said):
        fit_levels(years.assign(**change))
