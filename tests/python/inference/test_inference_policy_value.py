"""The value of policies: covers the truth where it can be known, and says so where it cannot."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from orchestration.errors import CheckFailed
from orchestration.inference.policy_value import (
    ALL_DECISIONS,
    AS_DONE,
    LIMITS,
    POLICIES,
    SLOTS,
    Evidence,
    action_chance,
    chosen,
    identify,
    limits_of,
    value_policies,
)
from orchestration.paths import PROJECT_DIR
from tests.plays.decisions import draw

LIMIT_ROWS = pd.read_csv(PROJECT_DIR / "seeds" / "policy" / "policy_value_limit.csv")
THRESHOLDS = limits_of(LIMIT_ROWS)
AS_OF = date(2026, 11, 2)


def _value(sample: pd.DataFrame) -> pd.DataFrame:
    return value_policies(sample, LIMIT_ROWS, as_of=AS_OF, seed=1).set_index(["population", "policy", "comparison"])


def test_intervals_hold_the_truth_where_everything_is_recorded() -> None:
    held, labels = [], []
    for seed in range(5):
        company = draw("measured", seed)
        rows = _value(company.sample).loc[ALL_DECISIONS]
        for policy, other in (("plays", AS_DONE), ("plays", "by_amount"), ("plays", "by_win")):
            truth = company.truth[policy] - company.truth[other]
            row = rows.loc[(policy, other)]
            held.append(row["association_p05"] <= truth <= row["association_p95"])
            labels.append(row["identification"])
    assert np.mean(held) >= 0.75
    assert labels.count("adjusted") >= 0.75 * len(labels)


@pytest.mark.parametrize("world", ["hidden", "outcome"])
def test_what_sellers_alone_knew_is_not_called_an_effect(world: str) -> None:
    for seed in range(3):
        rows = _value(draw(world, seed).sample).loc[ALL_DECISIONS]  # type: ignore[arg-type]
        assert (rows["identification"] == "not_identified").all()
        assert rows["difference_mean"].isna().all() and rows["p_better"].isna().all()
        assert rows["association_mean"].notna().all()
        # what was done is known all the same
        known = rows["value_per_hour_mean"].notna()
        assert known.loc[AS_DONE].all() and not known.drop(AS_DONE, level="policy").any()


def test_hours_placed_by_lot_tell_the_truth_even_so() -> None:
    held = []
    for seed in range(4):
        company = draw("hidden", seed, slot_share=0.3)
        rows = _value(company.sample).loc[SLOTS]
        assert (rows["identification"] == "randomised").all()
        row = rows.loc[("plays", AS_DONE)]
        held.append(row["difference_p05"] <= company.truth["plays"] - company.truth[AS_DONE] <= row["difference_p95"])
    assert sum(held) >= 3


def test_only_a_fitted_chance_is_kept_off_nil_and_one() -> None:
    fitted = np.array([0.001, 0.5, 0.999, 0.5, 0.5])
    drawn = np.array([np.nan, np.nan, np.nan, 0.01, 0.995])
    assert action_chance(fitted, drawn).tolist() == [0.02, 0.5, 0.98, 0.01, 0.995]


def test_one_slot_among_a_hundred_deals_counts_a_hundredfold() -> None:
    """Deals that nothing tells apart are worth what was done, whoever chooses; any other weight would say otherwise.

    The last of five folds has large deals that hours never win, which nothing in the other folds tells.
    """
    n_sellers, n_deals = 50, 100
    n = n_sellers * n_deals
    sample = pd.concat([draw("measured", 1, n_deals=30).sample.head(1)] * n, ignore_index=True)
    seller, deal = np.divmod(np.arange(n), n_deals)
    is_slot = deal == seller % n_deals
    is_last_fold = seller % 32 >= 26
    names = [f"d{number:05d}" for number in range(n)]
    sample = sample.assign(
        opportunity_id=names,
        customer_key=names,
        owner_user_id=[f"u{number:02d}" for number in seller],
        bucket=seller % 32,
        is_decision_point=False,
        slot_propensity=1.0 / n_deals,
        is_slot=is_slot,
        is_won_within=(is_slot & ~is_last_fold) | (deal == (seller + 1) % n_deals),
        lifecycle_value_cents=np.where(is_last_fold, 50_000_00, 10_000_00),
        hours_after=np.where(is_slot, 6.0, 0.5),
    )
    row = _value(sample).loc[(SLOTS, "by_amount", AS_DONE)]
    assert row["n_worked"] == n_sellers
    assert row["association_mean"] == pytest.approx(0.0, abs=0.01)


def test_nothing_is_claimed_on_few_decisions_and_every_pair_has_a_row() -> None:
    sample = draw("measured", 1, n_deals=60).sample
    for table in (sample, sample.head(1), sample.head(0), sample.assign(is_worked=False, hours_after=0.0)):
        rows = value_policies(table, LIMIT_ROWS, as_of=AS_OF, seed=1)
        assert len(rows) == 2 * len(POLICIES) * (len(POLICIES) - 1)
        assert set(rows["identification"]) == {"not_identified"}
        assert rows["difference_mean"].isna().all()


def test_the_order_of_rows_and_the_currency_change_nothing_else() -> None:
    sample = draw("measured", 2, n_deals=300).sample
    money = [name for name in sample.columns if name.endswith("_cents")]
    once = _value(sample)
    mixed = _value(sample.sample(frac=1.0, random_state=3))
    pd.testing.assert_frame_equal(once, mixed)
    double = _value(sample.assign(**{name: 2 * sample[name] for name in money}))
    ratio = double["association_mean"] / once["association_mean"]
    assert ratio.dropna().between(1.95, 2.05).all()


def test_places_go_to_the_first_and_equals_share_the_last() -> None:
    share = chosen(np.array([5.0, 3.0, 3.0, 1.0, np.nan, 2.0]), np.array([0, 0, 0, 0, 0, 1]), np.array([2.0, 0.0]))
    assert share.tolist() == [1.0, 0.5, 0.5, 0.0, 0.0, 0.0]


def _facts(**changes: object) -> Evidence:
    facts: dict[str, object] = {
        "n_decisions": THRESHOLDS["decisions_min"],
        "n_wins_worked": THRESHOLDS["arm_wins_min"],
        "n_wins_other": THRESHOLDS["arm_wins_min"],
        "overlap_share": THRESHOLDS["overlap_min"],
        "placebo_variable": "win_logit_before",
        "placebo_z": THRESHOLDS["placebo_z_max"],
        "placebo_share": 1.0,
        "difference": 10.0,
        "sd": 1.0,
        "confounder": "motion",
        "confounder_bias": 9.9 / THRESHOLDS["confounder_multiple"],
    }
    return Evidence(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "adjusted"),
        ({"n_decisions": THRESHOLDS["decisions_min"] - 1}, "not_identified"),
        ({"n_wins_worked": THRESHOLDS["arm_wins_min"] - 1}, "not_identified"),
        ({"n_wins_other": THRESHOLDS["arm_wins_min"] - 1}, "not_identified"),
        ({"overlap_share": THRESHOLDS["overlap_min"] - 0.001}, "not_identified"),
        ({"placebo_z": THRESHOLDS["placebo_z_max"] + 0.01}, "not_identified"),
        ({"placebo_z": 9.0, "placebo_share": THRESHOLDS["placebo_share_max"]}, "adjusted"),
        ({"placebo_z": float("nan")}, "not_identified"),
        ({"confounder_bias": 10.0 / THRESHOLDS["confounder_multiple"]}, "not_identified"),
        # a difference around nil claims nothing that could be undone
        ({"confounder_bias": 99.0, "sd": 10.0}, "adjusted"),
        ({"sd": 0.0, "confounder_bias": 0.0}, "not_identified"),
    ],
)
def test_every_condition_of_the_label_has_two_sides(changes: dict[str, object], label: str) -> None:
    assert identify(_facts(**changes), THRESHOLDS, is_drawn=False)[0] == label


@pytest.mark.parametrize(("n", "label"), [(0, "randomised"), (-1, "not_identified")])
def test_lots_need_their_number(n: int, label: str) -> None:
    facts = _facts(n_decisions=int(THRESHOLDS["slots_min"]) + n, overlap_share=0.0, placebo_z=float("nan"))
    assert identify(facts, THRESHOLDS, is_drawn=True)[0] == label


def test_bad_tables_are_refused_by_column_and_row() -> None:
    sample = draw("measured", 1, n_deals=30).sample
    with pytest.raises(CheckFailed, match="no column hours_after"):
        _value(sample.drop(columns="hours_after"))
    with pytest.raises(CheckFailed, match="column opportunity_id, row 1: is there twice"):
        _value(pd.concat([sample.head(1), sample.head(1)], ignore_index=True))
    with pytest.raises(CheckFailed, match="column hours_after, row 0: is below 0"):
        _value(sample.assign(hours_after=-1.0))
    for sure in (0.0, 1.0):
        with pytest.raises(CheckFailed, match="column slot_propensity, row 0: is no chance"):
            _value(sample.assign(slot_propensity=sure, is_slot=True))
    for key in LIMITS:
        with pytest.raises(CheckFailed, match=f"no row {key}"):
            limits_of(LIMIT_ROWS[LIMIT_ROWS["limit_key"] != key])
