"""Rolling origins on companies with known truth: nothing later is used, skill is real, noise is called noise."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulate_backtest import MONTHS, day, simulate_backtest

from orchestration.errors import CheckFailed
from orchestration.inference.backtest import OURS, backtest_score, forecasts_by_origin
from orchestration.inference.backtest_baselines import BASE_RATE, BOOSTED, BY_SIZE, CARD, by_group, left_within
from orchestration.inference.backtest_forecast import THIN, Forecaster
from orchestration.inference.backtest_limits import pooled_scores
from orchestration.inference.backtest_rows import BacktestTables, checked_customers, complete_before, month_index
from orchestration.inference.constants import N_DRAWS, POOLED
from orchestration.inference.lifecycle import added_arr, lifecycle_draws
from orchestration.inference.posteriors import fit_life
from orchestration.inference.survival import age_on_curve, alive_months

SEED, AS_OF = 11, date(2026, 1, 2)
KEY = ["origin_on", "horizon_months", "quantity", "segment_id", "model", "metric"]


@pytest.fixture(scope="module")
def tables() -> BacktestTables:
    return simulate_backtest(1)


@pytest.fixture(scope="module")
def scores(tables: BacktestTables) -> pd.DataFrame:
    return backtest_score(tables, as_of=AS_OF, seed=SEED)


@pytest.fixture(scope="module")
def pooled(scores: pd.DataFrame) -> pd.DataFrame:
    whole = pooled_scores(scores)
    return whole[whole["segment_id"] == POOLED].set_index(["quantity", "horizon_months", "model"])


def test_the_grain_is_unique_and_every_value_is_finite(scores: pd.DataFrame) -> None:
    assert not scores.duplicated(KEY).any()
    assert np.isfinite(scores["value"]).all()
    assert scores["noise_floor"].notna().equals(scores["metric"].isin(["ece", "calibration_slope"]))


def test_only_complete_horizons_are_scored(scores: pd.DataFrame) -> None:
    months = (scores["origin_on"].map(lambda d: (d.year - 2023) * 12 + d.month - 1)).to_numpy()
    assert (months + scores["horizon_months"] <= MONTHS).all()
    assert scores["origin_on"].nunique() == 6
    of_new = scores[(scores["quantity"] == "churn_new") & (scores["horizon_months"] == 12)]
    last = max(of_new["origin_on"])
    assert (last.year - 2023) * 12 + last.month - 1 + 3 + 12 <= MONTHS


def test_forecasts_of_a_steady_company_come_true(pooled: pd.DataFrame) -> None:
    for horizon in (3, 6, 12):
        ours = pooled.loc[("churn", horizon, OURS)]
        assert 0.85 < ours["o_e"] < 1.15
        assert ours["log_loss_skill"] > 0.01
    assert 0.8 < pooled.loc[("churn_monthly", 3, OURS), "calibration_slope"] < 1.2
    assert 0.85 < pooled.loc[("margin", 12, OURS), "o_e"] < 1.15
    assert pooled.loc[("support", 12, OURS), "mean_absolute_error_skill"] > 0.1
    assert pooled.loc[("win", 12, OURS), "log_loss_skill"] > 0.03
    assert pooled.loc[("churn_monthly", 3, OURS), "interval_cover"] > 0.75


def test_every_baseline_stands_beside_the_contribution(pooled: pd.DataFrame) -> None:
    models = set(pooled.loc[("contribution", 12)].index)
    assert {OURS, BASE_RATE, BY_SIZE, CARD, BOOSTED} <= models


def test_intervals_of_single_deals_hold_about_eight_in_ten(pooled: pd.DataFrame) -> None:
    row = pooled.loc[("contribution_deal", 12, OURS)]
    assert 0.65 < row["deal_interval_cover"] < 0.95
    assert row["n_observed"] >= 40


def _predictions(tables: BacktestTables, until: int) -> dict[tuple[int, str, int], pd.DataFrame]:
    return {
        (month, f.quantity, f.horizon): pd.DataFrame(f.by_model).assign(segment=f.segment)
        for month, f in forecasts_by_origin(tables, seed=SEED)
        if month <= until and f.quantity != "churn_monthly"
    }


def test_an_absurd_future_leaves_every_forecast_of_the_past_as_it_was(tables: BacktestTables) -> None:
    changed_from = 21
    until = int(month_index(pd.Series([day(changed_from)]), "origin").iloc[0])
    before = _predictions(tables, until)
    after = _predictions(simulate_backtest(1, changed_from=changed_from), until)
    assert {month for month, _, _ in before} == {until - 3, until}
    for key, frame in before.items():
        # margin is scored on those that paid anything, and in this future many do not
        if key[1] == "margin":
            continue
        pd.testing.assert_frame_equal(frame, after[key], check_exact=True)


def test_the_absurd_future_shows_in_what_came(scores: pd.DataFrame) -> None:
    changed = backtest_score(simulate_backtest(1, changed_from=21), as_of=AS_OF, seed=SEED)

    def came(frame: pd.DataFrame) -> float:
        rows = frame[(frame["quantity"] == "churn") & (frame["metric"] == "o_e") & (frame["model"] == OURS)]
        rows = rows[(rows["segment_id"] == POOLED) & (rows["horizon_months"] == 3)]
        return float(rows.loc[rows["origin_on"] == day(21).date(), "value"].iloc[0])

    assert came(changed) > 5 * came(scores)


def test_shuffled_labels_leave_no_skill_beyond_term_and_age() -> None:
    skill = []
    for is_shuffled in (True, False):
        drawn = simulate_backtest(2, is_shuffled=is_shuffled, n_deals=20, n_scored=5)
        rows = pooled_scores(backtest_score(drawn, as_of=AS_OF, seed=SEED))
        rows = rows[(rows["segment_id"] == POOLED) & (rows["model"] == OURS)]
        rows = rows.set_index(["quantity", "horizon_months"])
        skill.append(
            (
                rows.loc[("support", 12), "mean_absolute_error_skill"],
                rows.loc[("expansion", 12), "log_loss_skill"],
                rows.loc[("churn_monthly", 3), "log_loss_skill"],
            )
        )
    shuffled, told = skill
    assert abs(shuffled[0]) < 0.08 < told[0] / 2
    assert shuffled[1] < 0.01 < told[1]
    assert shuffled[2] < 0.6 * told[2]


def test_rows_teach_only_once_their_outcome_is_complete(tables: BacktestTables) -> None:
    customers = checked_customers(tables.customer)
    origin = int(customers["origin"].max())
    assert complete_before(customers, origin, 12, "existing")["origin"].max() == origin - 12
    assert complete_before(customers, origin, 12, "new")["origin"].max() == origin - 15
    assert complete_before(customers, origin, 3, "existing")["origin"].max() == origin - 3


def test_the_order_of_rows_says_nothing(tables: BacktestTables, scores: pd.DataFrame) -> None:
    turned = replace(
        tables,
        hazard=tables.hazard.iloc[::-1].reset_index(drop=True),
        money=tables.money.iloc[::-1].reset_index(drop=True),
        origin=tables.origin.iloc[::-1].reset_index(drop=True),
    )
    again = backtest_score(turned, as_of=AS_OF, seed=SEED)
    pd.testing.assert_frame_equal(again, scores, rtol=1e-7)


def test_a_company_without_history_scores_nothing(tables: BacktestTables) -> None:
    empty = BacktestTables(
        **{name: frame.iloc[:0] for name, frame in vars(tables).items()},
    )
    frame = backtest_score(empty, as_of=AS_OF, seed=SEED)
    assert frame.empty
    assert list(frame)[: len(KEY)] == KEY


def test_a_company_without_support_and_margins_scores_the_rest(tables: BacktestTables) -> None:
    known = ["n_margin_known", "sum_margin_revenue_cents", "sum_gross_margin_cents"]
    known += ["n_support_known", "sum_support_arr_cents", "sum_support_cents"]
    blank = dict.fromkeys(("gross_margin_cents", "support_cost_cents"), np.nan)
    bare = replace(
        tables, money=tables.money.assign(**dict.fromkeys(known, 0)), customer=tables.customer.assign(**blank)
    )
    frame = backtest_score(bare, as_of=AS_OF, seed=SEED)
    assert not set(frame["quantity"]) & {"margin", "support", "contribution", "contribution_new"}
    assert {"churn", "expansion", "win"} <= set(frame["quantity"])


def test_infinite_money_is_refused_by_name(tables: BacktestTables) -> None:
    money = tables.customer["support_cost_cents"].copy()
    money.iloc[3] = np.inf
    with pytest.raises(CheckFailed, match=r"sample_backtest_customer, column support_cost_cents, row 3: is infinite"):
        backtest_score(replace(tables, customer=tables.customer.assign(support_cost_cents=money)), as_of=AS_OF, seed=1)


def test_a_new_customer_is_forecast_as_the_published_draws_have_it(tables: BacktestTables) -> None:
    parts = (tables.hazard, tables.money, tables.expansion)
    hazard, money, expansion = (frame[frame["origin_on"] == day(21)] for frame in parts)
    # so that first expansions differ from any expansion
    expansion = expansion.assign(
        n_unexpanded_months=expansion["n_exposed_months"], n_first_events=expansion["n_events"] // 2
    )
    life = fit_life(hazard=hazard, money=money, expansion=expansion, seed=SEED)
    cells = Forecaster(life).cells(["S2"], ["annual"], np.array([0]), is_new=True)

    shift = dict.fromkeys(life.hazard.segments, np.zeros(N_DRAWS))
    draws = lifecycle_draws(life.hazard, life.money, life.expansion, shift, discount_rate=0.0, size=life.size)
    draws = draws.query("segment_id == 'S2' and term_type == 'annual' and start_age_months == 0").iloc[::THIN]
    np.testing.assert_allclose(1.0 - cells.left[12][:, 0], draws["renewal_prob_12m"])
    np.testing.assert_allclose(cells.expanded[:, 0], draws["expand_prob_12m"])

    s = life.money.segments.index("S2")
    customers = life.hazard.survival_draws("S2", "annual")
    of_arr = alive_months(life.size.survival("S2", customers, across_terms=False))
    in_force = of_arr * (1.0 + added_arr(life.expansion.hazard[s], life.expansion.value[s]))
    support = (in_force * life.money.support[s])[:, :12].sum(axis=1)
    np.testing.assert_allclose(cells.support[:, 0], support[::THIN])
    np.testing.assert_allclose(cells.revenue[:, 0], in_force[::THIN, :12].sum(axis=1) / 12)
    brought = (in_force * life.money.arr_margin[s])[:, :12].sum(axis=1) / 12
    np.testing.assert_allclose(cells.contribution[:, 0], (brought - support)[::THIN])


def test_chances_to_win_do_not_know_the_segment_a_deal_ended_in(tables: BacktestTables) -> None:
    ended = np.where(tables.week["is_won"] == 1, "S1", "S2")
    # without counts of customers only deals are forecast
    alone = replace(tables, hazard=tables.hazard.iloc[:0])
    told = replace(alone, week=tables.week.assign(segment_id=ended))
    usual, leaking = ([f for _, f in forecasts_by_origin(drawn, seed=SEED)] for drawn in (alone, told))
    assert usual
    for one, other in zip(usual, leaking, strict=True):
        np.testing.assert_array_equal(one.by_model[OURS], other.by_model[OURS])
        assert set(other.segment) == {POOLED}


def test_past_the_curve_its_last_year_repeats() -> None:
    assert age_on_curve(np.array([1, 60, 61, 72, 73])).tolist() == [1, 60, 49, 60, 49]


def test_leaving_within_months_multiplies_the_rates_of_the_ages_met() -> None:
    rates = np.array([0.1, 0.2, 0.0, 0.0, 0.0, 0.0])
    assert left_within(rates, np.array([2.0]), 2)[0] == pytest.approx(1 - 0.9 * 0.8)


def test_a_rare_group_is_pulled_to_the_whole_and_an_unseen_one_is_the_whole() -> None:
    top, bottom = np.array([1.0] + [0.0] * 19), np.ones(20)
    groups = pd.Series(["rare"] + ["usual"] * 19)
    rare, unseen = by_group(top, bottom, groups, pd.Series(["rare", "new"]))
    assert rare == pytest.approx((1 + 20 * 0.05) / 21)
    assert unseen == pytest.approx(0.05)
