"""What today's customers will pay: luck covers what happens, parts add up, unknown stays unknown."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed
from orchestration.inference.book import COLUMNS, HORIZONS, MEASURES, book_draws, shift_sd, squared_growth
from orchestration.inference.constants import N_DRAWS, POOLED, TERM_TYPES
from orchestration.inference.posteriors import Life, fit_life
from orchestration.inference.survival import age_on_curve, monthly_hazard

SEED = 3


@pytest.fixture(scope="module")
def life(company: simulate.Company) -> Life:
    return fit_life(hazard=company.hazard, money=company.money, expansion=company.expansion, seed=SEED)


@pytest.fixture(scope="module")
def customers(life: Life) -> pd.DataFrame:
    """400 customers of uneven size in two segments."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "segment_id": rng.choice(life.hazard.segments[:2], 400),
            "term_type": rng.choice(TERM_TYPES[:2], 400),
            "age_month": rng.integers(0, 30, 400),
            "arr_cents": np.round(np.exp(rng.normal(14.0, 1.2, 400))),
        }
    )
    rank = rows.groupby("segment_id")["arr_cents"].rank(ascending=False, method="first")
    return rows.assign(customer_rank=np.where(rank <= 100, rank, 0).astype(int))


def book_of(customers: pd.DataFrame) -> pd.DataFrame:
    return (
        customers.assign(n_customers=1, arr_cents_squared=customers["arr_cents"] ** 2)
        .groupby(["segment_id", "term_type", "age_month", "customer_rank"], as_index=False)[
            ["n_customers", "arr_cents", "arr_cents_squared"]
        ]
        .sum()[list(COLUMNS)]
    )


def draws_of(life: Life, company: simulate.Company, book: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    return book_draws(
        book,
        hazard_counts=company.hazard,
        expansion_counts=company.expansion,
        hazard=life.hazard,
        money=life.money,
        expansion=life.expansion,
        size=life.size,
        seed=seed,
    )


def total(draws: pd.DataFrame, horizon: int, *measures: str) -> np.ndarray:
    """Sum of the measures over segments by draw."""
    rows = draws[draws["horizon_months"] == horizon].groupby("draw_id")[[f"{m}_cents" for m in measures]].sum()
    return rows.sum(axis=1).to_numpy(dtype=float)


def test_realised_intervals_cover_what_happens_and_expected_ones_alone_do_not(
    life: Life, company: simulate.Company, customers: pd.DataFrame
) -> None:
    draws = draws_of(life, company, book_of(customers))
    sd = shift_sd(company.hazard, life.hazard)
    covered, covered_by_rates = [], []
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        state = int(rng.integers(N_DRAWS))
        factor = np.repeat(np.exp(rng.normal(-(sd**2) / 2, sd, 4)), 3)
        alive = np.ones(len(customers), dtype=bool)
        for month in range(1, 13):
            leaves = np.empty(len(customers))
            for (segment, term), at in customers.groupby(["segment_id", "term_type"]).indices.items():
                age = age_on_curve(customers["age_month"].to_numpy()[at] + month) - 1
                stay = 1.0 - monthly_hazard(life.hazard.survival_draws(segment, term)[[state]])[0][age]
                power = life.size.within_term[life.size.segments.index(segment), state, age]
                leaves[at] = 1.0 - stay ** (power * factor[month - 1])
            alive &= rng.random(len(customers)) >= leaves
            if month in HORIZONS:
                stayed = customers["arr_cents"].to_numpy()[alive].sum()
                for measures, out in (
                    (("retained", "churn_shift", "churn_luck"), covered),
                    (("retained",), covered_by_rates),
                ):
                    low, high = np.quantile(total(draws, month, *measures), [0.05, 0.95])
                    out.append(low <= stayed <= high)
    # 180 checks, three of each company hang together: 60 companies cover 54 +- 2.3
    assert 0.82 <= np.mean(covered) <= 0.97
    assert np.mean(covered_by_rates) < 0.7


def test_means_are_those_of_the_curves_and_parts_add_up(life: Life, company: simulate.Company) -> None:
    segment = life.hazard.segments[0]
    one = pd.DataFrame([(segment, "annual", 5, 1, 1, 1_000_000, 10**12)], columns=COLUMNS)
    draws = draws_of(life, company, one).set_index(["horizon_months", "draw_id"])
    stay = (1.0 - monthly_hazard(life.hazard.survival_draws(segment, "annual")))[:, 5:17]
    power = life.size.within_term[life.size.segments.index(segment)][:, 5:17]
    for horizon in HORIZONS:
        by_hand = 1_000_000 * np.prod((stay**power)[:, :horizon], axis=1)
        rows = draws.loc[horizon]
        assert np.abs(rows["retained_cents"].to_numpy(dtype=float) - by_hand).max() <= 0.5
        # one customer stays or leaves: nothing between the two, but for the centring
        kept = rows["retained_cents"] + rows["churn_shift_cents"] + rows["churn_luck_cents"]
        assert kept.nunique() <= 2 * 3
        parts = rows["contribution_margin_cents"] + rows["contribution_support_cents"]
        assert abs(float(parts.mean() / rows["contribution_cents"].mean()) - 1.0) < 0.02
    assert (draws["contribution_support_cents"] < 0).all()
    assert abs(float(draws["churn_luck_cents"].astype(float).mean())) < 1.0


def test_segments_do_not_disturb_one_another_and_strangers_go_with_all(
    life: Life, company: simulate.Company, customers: pd.DataFrame
) -> None:
    book = book_of(customers)
    both, name = draws_of(life, company, book), life.hazard.segments[0]
    alone = draws_of(life, company, book[book["segment_id"] == name])
    pd.testing.assert_frame_equal(both[both["segment_id"] == name].reset_index(drop=True), alone)
    stranger = draws_of(life, company, book[book["segment_id"] == name].assign(segment_id="S99"))
    pooled = life.hazard.survival_draws(POOLED, "annual")[:, 11].mean()
    assert pooled > 0 and (stranger["retained_cents"] != alone["retained_cents"]).any()


def test_nothing_known_is_null_and_nobody_is_no_row(life: Life, company: simulate.Company) -> None:
    one = pd.DataFrame([(life.hazard.segments[0], "annual", 0, 0, 3, 300, 30_000)], columns=COLUMNS)
    nobody = fit_life(
        hazard=company.hazard.iloc[:0], money=company.money.iloc[:0], expansion=company.expansion.iloc[:0], seed=SEED
    )
    none = simulate.Company(company.hazard.iloc[:0], company.money.iloc[:0], company.expansion.iloc[:0], None)
    draws = draws_of(nobody, none, one)
    assert len(draws) == N_DRAWS * len(HORIZONS)
    assert all(draws[f"{name}_cents"].isna().all() for name in MEASURES)
    assert draws_of(life, company, one.iloc[:0]).empty
    no_support = replace(life, money=replace(life.money, support=np.full_like(life.money.support, np.nan)))
    draws = draws_of(no_support, company, one)
    assert draws["contribution_cents"].isna().all() and draws["retained_cents"].notna().all()


def test_refuses_a_rank_of_several_customers(life: Life, company: simulate.Company) -> None:
    bad = pd.DataFrame([("S1", "annual", 0, 1, 2, 300, 30_000)], columns=COLUMNS)
    with pytest.raises(CheckFailed, match="suff_arr_book, column customer_rank, row 0"):
        draws_of(life, company, bad)


def test_quarters_that_differ_more_than_chance_widen_the_shift(life: Life, company: simulate.Company) -> None:
    calm = shift_sd(company.hazard, life.hazard)
    odd = company.hazard["calendar_quarter"].str.slice(5, 6).isin(["1", "3"])
    wild = company.hazard.copy()
    wild.loc[odd, "n_churn"] = 0
    assert shift_sd(wild, life.hazard) > calm + 0.2
    assert shift_sd(company.hazard.iloc[:0], life.hazard) == pytest.approx(0.05)


def test_growth_of_one_size_has_no_spread() -> None:
    same = pd.DataFrame({"n_events": [2], "sum_log_ratio_micro": [-2e6], "sumsq_log_ratio_micro": [2e6]})
    uneven = same.assign(sumsq_log_ratio_micro=2.5e6)
    assert squared_growth(same) == pytest.approx(1.0)
    assert squared_growth(uneven) == pytest.approx(np.exp(0.25))
    assert squared_growth(same.assign(n_events=1)) == 1.0
