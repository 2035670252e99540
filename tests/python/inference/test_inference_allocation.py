"""Hours of sellers: the choice against brute force and the exact optimum, the lots, and what is odd about a week."""

from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import CheckFailed
from orchestration.inference.allocation import (
    Policy,
    allocate,
    choose,
    fill_spare,
    read_policy,
    shadow_price,
    upper_bound,
)

AS_OF = date(2026, 11, 2)
PLANNED_ONLY = Policy(randomised_share=0.0, slot_quarters=4, incumbent_bonus_share=0.0)
POLICY = Policy(randomised_share=0.05, slot_quarters=4, incumbent_bonus_share=0.05)


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def week(*deals: dict[str, Any], capacity: int = 40) -> pd.DataFrame:
    """Candidates of one seller; what a deal does not say is the usual case."""
    usual = {
        "owner_user_id": "rep", "decision_week_on": AS_OF, "suggested_quarters": 8, "value_cents": 100_00,
        "spare_quarters": 0, "spare_value_cents": None, "hour_cost_cents": 20_00, "motion_e2": 5000,
        "is_worth_hours": True, "is_drawable": True, "is_incumbent": False, "capacity_quarters": capacity,
    }  # fmt: skip
    return pd.DataFrame([{"opportunity_id": f"d{i:03d}", **usual, **deal} for i, deal in enumerate(deals)])


def run(frame: pd.DataFrame, policy: Policy = PLANNED_ONLY, seed: int = 7) -> pd.DataFrame:
    return allocate(frame, policy, as_of=AS_OF, seed=seed)["play_allocation"].set_index("opportunity_id")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 12)), max_size=9),
    st.integers(0, 40),
)
def test_no_other_choice_brings_more(deals: list[tuple[int, int]], capacity: int) -> None:
    values = np.array([value for value, _ in deals], dtype=np.int64)
    weights = np.array([weight for _, weight in deals], dtype=np.int64)
    chosen = choose(values, weights, capacity)
    best = max(
        int(values[mask].sum())
        for bits in product((False, True), repeat=len(deals))
        if weights[mask := np.array(bits, dtype=bool)].sum() <= capacity
    )
    assert weights[chosen].sum() <= capacity
    assert values[chosen].sum() == best
    assert upper_bound(values, weights, capacity) >= best - 1e-9


def test_a_thousand_weeks_are_filled_as_well_where_the_exact_way_costs_too_much() -> None:
    """Efforts and values as sellers have them. The way for many deals is forced upon weeks that can be solved exactly,
    with a third of what that takes and with none."""
    lots = np.random.default_rng(20261102)
    best, some, none = [], [], []
    for _ in range(1000):
        n, capacity = int(lots.integers(5, 60)), int(lots.integers(32, 161))
        weights = lots.choice(ints(1, 6, 8, 10, 12, 16, 20), n)
        values = (np.exp(lots.normal(10, 1.2, n)) * weights).astype(np.int64)
        best.append(int(values[choose(values, weights, capacity)].sum()))
        assert best[-1] <= upper_bound(values, weights, capacity) + 1e-6
        for shares, cells in ((some, n * capacity // 3), (none, 0)):
            chosen = choose(values, weights, capacity, max_cells=cells)
            assert weights[chosen].sum() <= capacity
            shares.append(int(values[chosen].sum()) / best[-1])
    assert np.mean(some) >= 0.999 and np.quantile(some, 0.05) >= 0.995
    assert np.mean(none) >= 0.995 and np.average(none, weights=best) >= 0.995


def test_fifty_thousand_deals_of_one_seller_stay_within_a_thousandth_of_the_bound() -> None:
    lots = np.random.default_rng(3)
    weights = lots.integers(1, 21, 50_000)
    values = (np.exp(lots.normal(8, 1, 50_000)) * weights).astype(np.int64)
    chosen = choose(values, weights, 4_000)
    assert weights[chosen].sum() <= 4_000
    assert values[chosen].sum() >= 0.999 * upper_bound(values, weights, 4_000)


def test_an_hour_is_worth_what_the_next_deal_brings_per_hour() -> None:
    values, weights = ints(400, 300, 100), ints(4, 4, 4)
    assert shadow_price(values, weights, 8) == 100
    assert shadow_price(values, weights, 7) == 300
    assert shadow_price(values, weights, 12) == 0
    assert shadow_price(values, weights, 0) == 400
    assert shadow_price(ints(-5), ints(4), 0) == 0


def test_hours_go_to_value_then_to_the_liveliest_of_unknown_value() -> None:
    out = run(
        week(
            {"value_cents": 900_00},
            {"value_cents": None, "motion_e2": 4000},
            {"value_cents": None, "motion_e2": 9000},
            {"value_cents": 100_00},
            {"value_cents": 500_000_00, "is_worth_hours": False, "suggested_quarters": 1},
            {"value_cents": -1},
            {"value_cents": 0},
            capacity=27,
        )
    )
    assert list(out["line_reason"]) == ["planned", "no_room", "planned", "planned", "parked", "no_gain", "no_gain"]
    assert list(out["allocated_quarters"]) == [8, 0, 8, 8, 0, 0, 0]
    # the next hour would go to a deal of unknown value
    assert out["shadow_price_cents"].isna().all()
    assert out["propensity"].isna().all()


@pytest.mark.parametrize(("capacity", "price"), [(0, 70_00), (7, 70_00), (8, 70_00), (16, 0), (4000, 0)])
def test_empty_and_ample_weeks(capacity: int, price: int) -> None:
    """Twins: the first by id gets the hours. Nothing fits a week of no hours; all fit an ample one. What one more hour
    would bring is told before its cost, 50 after it and 20 of cost."""
    out = run(week({}, {}, capacity=capacity))
    fits = min(capacity // 8, 2)
    assert list(out["is_above_line"]) == [True] * fits + [False] * (2 - fits)
    assert list(out["shadow_price_cents"]) == [price] * 2


def parked(spare_value: int | None, spare_quarters: int = 8, **deal: Any) -> dict[str, Any]:
    return {
        "is_worth_hours": False, "suggested_quarters": 1, "value_cents": 1, "spare_quarters": spare_quarters,
        "spare_value_cents": spare_value, **deal,
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 12)), max_size=9), st.integers(0, 40))
def test_hours_left_over_go_best_first_and_never_beyond_the_week(deals: list[tuple[int, int]], left: int) -> None:
    values, weights = (ints(*column) for column in (zip(*deals, strict=True) if deals else ((), ())))
    taken = fill_spare(values, weights, left)
    assert weights[taken].sum() <= left
    assert (values[taken] > 0).all() and (weights[taken] > 0).all()
    for waiting in np.flatnonzero(~taken & (values > 0) & (weights > 0)):
        better = taken & (values * weights[waiting] >= values[waiting] * weights)
        assert weights[better].sum() + weights[waiting] > left, "a better deal was passed over"


@pytest.mark.parametrize(
    ("capacity", "reasons", "price"),
    [
        (8, ["planned", "parked", "parked", "parked", "parked"], 520_00),
        (15, ["planned", "parked", "parked", "parked", "spare_time"], 520_00),
        (16, ["planned", "parked", "spare_time", "parked", "parked"], 70_00),
        (20, ["planned", "parked", "spare_time", "parked", "spare_time"], 70_00),
        (28, ["planned", "spare_time", "spare_time", "parked", "spare_time"], 0),
        (400, ["planned", "spare_time", "spare_time", "parked", "spare_time"], 0),
    ],
)
def test_parked_deals_worth_an_hour_get_the_hours_left_over(capacity: int, reasons: list[str], price: int) -> None:
    """After the plays, however much more a parked deal brings; one that does not fit makes room for a smaller one; one
    that gains nothing, or of unknown value, waits. One more hour would bring what the next parked deal brings."""
    out = run(week({}, parked(100_00), parked(1000_00), parked(None, 0), parked(10_00, 4), capacity=capacity))
    assert list(out["line_reason"]) == reasons
    assert out["allocated_quarters"].sum() <= capacity
    assert list(out["allocated_quarters"] > 0) == list(out["is_above_line"])
    assert set(out["shadow_price_cents"]) == {price}


def test_the_lot_falls_among_deals_that_get_no_hours_otherwise() -> None:
    deals = [{}, parked(1000_00), *(parked(None, 0) for _ in range(6))]
    out = run(week(*deals, capacity=40), POLICY)
    assert list(out["line_reason"][:2]) == ["planned", "spare_time"] and out["propensity"][:2].isna().all()
    assert out["propensity"][2:].tolist() == pytest.approx([1 / 6] * 6)
    # five deals fill the week but for the lot: nothing is left over
    full = run(week(*[{} for _ in range(5)], *(parked(1000_00) for _ in range(6)), capacity=40), Policy(0.0, 4, 0.0))
    assert "spare_time" not in set(full["line_reason"])


def test_a_deal_without_owner_waits_to_be_assigned() -> None:
    out = run(week({"owner_user_id": "none"}, {}), POLICY)
    assert list(out["line_reason"]) == ["no_owner", "planned"]
    assert out["allocated_quarters"].iloc[0] == 0 and pd.isna(out["shadow_price_cents"].iloc[0])
    assert pd.isna(out["propensity"].iloc[0])


@pytest.mark.parametrize(("value_of_other", "keeps"), [(104_99, True), (105_00, False), (105_01, False)])
def test_last_weeks_deal_keeps_its_hours_unless_another_is_clearly_better(value_of_other: int, keeps: bool) -> None:
    """Five per cent is the bonus; at exactly that the two are worth the same and the first by id has it."""
    out = run(week({"value_cents": value_of_other}, {"is_incumbent": True}, capacity=8), Policy(0.0, 4, 0.05))
    assert list(out["is_above_line"]) == [not keeps, keeps]
    # the price of an hour is in real money, without the bonus: 50 after its cost of 20
    assert out["shadow_price_cents"].iloc[0] == 70_00


def test_a_share_of_hours_is_drawn_with_the_chance_that_is_written_down() -> None:
    deals = [{} for _ in range(5)] + [{"is_worth_hours": False, "suggested_quarters": 1} for _ in range(8)]
    deals += [{"is_worth_hours": False, "is_drawable": False}]
    frame = week(*deals, capacity=40)
    times = np.zeros(len(frame))
    for seed in range(300):
        out = run(frame, POLICY, seed)
        assert out.loc[out["is_randomised"], "allocated_quarters"].tolist() == [2]
        assert out["allocated_quarters"].sum() <= 40
        times += out["is_randomised"].to_numpy()
    # 38 quarter hours hold four deals; the fifth and the eight parked ones are drawn from
    assert out["propensity"].dropna().unique() == pytest.approx([1 / 9])
    assert list(out["propensity"].isna()) == [True] * 4 + [False] * 9 + [True]
    standard_error = np.sqrt(300 / 9 * 8 / 9)
    assert np.abs(times[4:13] - 300 / 9).max() < 4 * standard_error
    assert times[:4].sum() == 0 and times[13] == 0


def test_lots_belong_to_the_week_and_the_seller() -> None:
    parked = [{"is_worth_hours": False} for _ in range(30)]
    ours = week(*parked, capacity=120)
    theirs = ours.assign(opportunity_id="x" + ours["opportunity_id"], owner_user_id="other")
    alone, together = run(ours, POLICY), run(pd.concat([theirs, ours]), POLICY)
    pd.testing.assert_frame_equal(alone, together.loc[alone.index])
    assert int(alone["is_randomised"].sum()) == 1 and alone["allocated_quarters"].max() == 6
    next_week = ours.assign(decision_week_on=date(2026, 11, 9))
    assert list(run(next_week, POLICY)["is_randomised"]) != list(alone["is_randomised"])
    assert list(run(ours, POLICY, seed=8)["is_randomised"]) != list(alone["is_randomised"])
    shuffled = ours.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(run(shuffled, POLICY), alone)


@pytest.mark.parametrize("n_parked", [0, 1])
def test_where_there_is_no_choice_there_is_no_lot(n_parked: int) -> None:
    """One deal to draw from would be drawn for certain, and teach nothing; its hours are planned."""
    parked = [{"is_worth_hours": False, "suggested_quarters": 1} for _ in range(n_parked)]
    out = run(week(*[{} for _ in range(5)], *parked, capacity=44), POLICY)
    assert int(out["allocated_quarters"].sum()) == 40
    assert not out["is_randomised"].any() and out["propensity"].isna().all()


def test_no_deals_no_rows() -> None:
    out = allocate(week({}).iloc[:0], POLICY, as_of=AS_OF, seed=1)["play_allocation"]
    assert len(out) == 0 and "propensity" in out.columns


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("capacity_quarters", -1, "row 1: is below 0"),
        ("suggested_quarters", None, "row 1: is null"),
        ("opportunity_id", "d000", "is there twice"),
        ("capacity_quarters", 41, "several capacities"),
        ("decision_week_on", date(2026, 11, 9), "2 weeks"),
    ],
)
def test_a_broken_table_is_refused_by_name(column: str, value: Any, words: str) -> None:
    frame = week({}, {}).astype({"suggested_quarters": "Int64"})
    frame.loc[1, column] = value
    with pytest.raises(CheckFailed, match=f"{column}.*{words}"):
        run(frame)


@pytest.mark.parametrize(("key", "value"), [("randomised_share", 0.6), ("randomised_slot_hours", 0.0)])
def test_a_policy_out_of_range_names_its_row(key: str, value: float) -> None:
    rows = {"randomised_share": 0.05, "randomised_slot_hours": 1.0, "incumbent_bonus_share": 0.05}
    table = pd.DataFrame({"policy_key": rows.keys(), "value": rows.values()})
    assert read_policy(table) == Policy(0.05, 4, 0.05)
    with pytest.raises(CheckFailed, match=f"allocation_policy, row {key}, column value"):
        read_policy(table.assign(value=table["value"].where(table["policy_key"] != key, value)))
    with pytest.raises(CheckFailed, match=f"has no row {key}"):
        read_policy(table[table["policy_key"] != key])
