"""Plays over weeks: the compiled models with the policy as it stands in the seeds, on made-up deals.

Belongs here: that every gate of the policy opens and closes where its row says and its rule decides, that a policy
which contradicts itself is refused with its row, and what the running average and the bands buy. The logic of each
model stands in the unit tests beside it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.paths import PROJECT_DIR
from tests.warehouse.compiled import Warehouse

pytestmark = pytest.mark.slow

WEEKS = 26
_LAST_DAY = pd.Timestamp("2026-11-02")
_POLICY = "intermediate/opportunity/int_opportunity__play_threshold"
_MODELS = (
    "intermediate/opportunity/int_opportunity__threshold_problem",
    "intermediate/opportunity/int_opportunity__rule_problem",
    _POLICY,
    "intermediate/opportunity/int_opportunity__metric_week",
    "intermediate/opportunity/int_opportunity__gate_week",
    "core/facts/fct_opportunity_play_week",
)
_SEEDS = ("play_metric", "play_threshold", "play_rule", "play_effort", "play_action", "hard_event", "score_component")
# a deal far inside every gate
_SOUND = {
    "motion": 90.0, "risk": 10.0, "profitability": 90.0, "roi": 50_000.0, "p_negative": 0.01, "p_incremental": 0.99,
    "value_per_hour": 5_000.0, "segment_confidence": 0.9, "amount": 20_000.0, "discount_pct": 5.0,
    "days_past_close": 0.0,
}  # fmt: skip
# the least step by which a number can miss its limit
_STEPS = {
    "score": 0.1,
    "probability": 0.002,
    "share": 0.0001,
    "money": 0.01,
    "per cent": 0.0001,
    "days": 1.0,
}


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_DIR / "seeds" / "policy" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


THRESHOLDS = _seed("play_threshold")
RULES = _seed("play_rule")


@pytest.fixture
def warehouse(plain: tuple[Path, Path]) -> Iterator[Warehouse]:
    _, home = plain
    with Warehouse(home) as made:
        made.give_seeds(*_SEEDS)
        rates = pd.DataFrame({"currency": ["USD"], "rate_to_reporting": [1]})
        made.give("intermediate.int_revenue__fx_rate_as_of", rates)
        yield made


def _play(warehouse: Warehouse, deals: pd.DataFrame, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the plays of deals: one row each week with the numbers of `_SOUND` as columns; index 0 is the newest."""
    weeks = deals.assign(
        snapshot_on=[(_LAST_DAY - pd.Timedelta(weeks=int(week))).date() for week in deals["week_index"]],
        decision_week_on=None,
        owner_user_id="005",
        segment_id="S1",
        arr_amount=deals["amount"],
        win_probability=0.5,
    )
    if "deal_age_days" not in weeks:
        weeks["deal_age_days"] = 400
    weeks["close_on"] = [
        (pd.Timestamp(day) - pd.Timedelta(days=float(past))).date()
        for day, past in zip(weeks["snapshot_on"], weeks["days_past_close"], strict=True)
    ]
    roi = deals.rename(columns={"roi": "roi_expected_mean"})
    warehouse.give("intermediate.int_opportunity__decision_week", weeks)
    warehouse.give("intermediate.int_opportunity__score_week", deals)
    warehouse.give("intermediate.int_opportunity__roi_week", roi)
    if events is None:
        events = pd.DataFrame({"opportunity_id": ["nobody"], "week_index": [0], "event_key": ["stage_back"]})
    warehouse.give("intermediate.int_opportunity__hard_event", events)
    warehouse.make(*_MODELS)
    return warehouse.read("core.fct_opportunity_play_week")


def _deal(name: str, metric: str, values: list[float | None]) -> pd.DataFrame:
    """Return a sound deal in which one number takes these values, oldest first."""
    deal = pd.DataFrame([_SOUND] * len(values))
    deal[metric] = pd.Series(values, dtype="float64")
    return deal.assign(opportunity_id=name, week_index=range(len(values) - 1, -1, -1))


def test_every_gate_opens_and_closes_where_its_row_says(warehouse: Warehouse) -> None:
    deals, expected = [], {}
    for gate in THRESHOLDS:
        key, metric = gate["threshold_key"], gate["metric"]
        value, leave = float(gate["value"]), float(gate["leave_value"])
        # a step towards the closed side
        step = -_STEPS[gate["unit"]] if gate["opens"] == "at_least" else _STEPS[gate["unit"]]
        closed = {rule["rule_id"] for rule in RULES if rule["threshold_key"] == key and rule["fires_when"] == "closed"}
        assert len(closed) == 1, f"one rule must say what {key} means when it is closed"
        # long enough for the average to have come to rest on the last value
        rest: list[float | None] = [leave] * 24
        beyond: list[float | None] = [leave + step] * 24
        for name, values, is_open in (
            ("at the value", [value], True),
            ("a step short of the value", [value + step], False),
            ("opened, then at the leave value", [value, *rest], True),
            ("opened, then a step beyond it", [value, *beyond], False),
            ("closed, then a step short of the value", [value + 2 * step, *[value + step] * 24], False),
        ):
            deal = f"{key}: {name}"
            deals.append(_deal(deal, metric, values))
            expected[deal] = (is_open, closed)
    plays = _play(warehouse, pd.concat(deals))
    gates = warehouse.read("intermediate.int_opportunity__gate_week").query("week_index == 0")
    newest = plays.query("week_index == 0").set_index("opportunity_id")
    for deal, (is_open, closed) in expected.items():
        key = deal.partition(":")[0]
        (state,) = gates.query("opportunity_id == @deal and threshold_key == @key")["is_open"]
        assert state == is_open, deal
        assert (newest.rule_id[deal] in closed) != is_open, (deal, newest.rule_id[deal])
    assert newest["deciding_threshold"].notna().all()


def test_unknown_numbers_have_rules_of_their_own(warehouse: Warehouse) -> None:
    unknown = {
        "motion": "protect_motion_unknown", "risk": "protect_risk_unknown", "roi": "protect_economics_unknown",
        "profitability": "protect_profitability_unknown", "segment_confidence": "protect_segment_unknown",
        "amount": "protect_no_amount",
    }  # fmt: skip
    known = _deal("known", "motion", [90.0])
    deals = [_deal(rule, metric, [None]) for metric, rule in unknown.items()]
    plays = _play(warehouse, pd.concat([known, *deals]))
    assert set(plays["rule_id"]) == {"accelerate", *unknown.values()}
    assert all(row.rule_id in (row.opportunity_id, "accelerate") for row in plays.itertuples())


def test_a_company_without_economics_still_parks_and_protects(warehouse: Warehouse) -> None:
    deals = pd.concat(
        [_deal("lively", "motion", [90.0]), _deal("quiet", "motion", [5.0]), _deal("risky", "risk", [90.0])]
    ).assign(roi=np.nan, p_negative=np.nan, p_incremental=np.nan, value_per_hour=np.nan, profitability=np.nan)
    plays = _play(warehouse, deals).set_index("opportunity_id")["rule_id"].to_dict()
    assert plays == {"lively": "protect_no_economics", "quiet": "park_low_motion", "risky": "protect_risk"}


def test_an_override_caps_what_no_rule_parked(warehouse: Warehouse) -> None:
    deep = _deal("deep", "discount_pct", [40.0])
    dead = _deal("dead", "discount_pct", [40.0]).assign(motion=5.0)
    plays = _play(warehouse, pd.concat([deep, dead])).set_index("opportunity_id")["rule_id"].to_dict()
    assert plays == {"deep": "override_discount_over_policy", "dead": "park_low_motion"}


def test_a_hard_event_counts_at_once_and_a_lone_week_does_not(warehouse: Warehouse) -> None:
    (high,) = (gate for gate in THRESHOLDS if gate["threshold_key"] == "motion_high_min")
    value, leave = float(high["value"]), float(high["leave_value"])
    # a quiet week after lively ones that leaves the average (0.6 of before, 0.4 of this week) between the two limits
    before, average = value + 10, (value + leave) / 2
    quiet = (average - 0.6 * before) / 0.4
    path: list[float | None] = [*[before] * 10, quiet]
    deals = pd.concat([_deal("noise", "motion", path), _deal("event", "motion", path)])
    event = pd.DataFrame({"opportunity_id": ["event"], "week_index": [0], "event_key": ["stage_back"]})
    plays = _play(warehouse, deals, event).query("week_index == 0").set_index("opportunity_id")
    assert plays.deciding_value.to_dict() == pytest.approx({"noise": average, "event": quiet})
    assert plays.play.to_dict() == {"noise": "Accelerate", "event": "Protect"}
    assert plays.deciding_threshold.to_dict() == {"noise": leave, "event": value}
    assert plays.hard_event_key["event"] == "stage_back"


def test_a_deal_is_not_parked_before_it_had_time_to_move(warehouse: Warehouse) -> None:
    gates = [gate for gate in THRESHOLDS if int(gate["from_age_days"])]
    assert gates, "no gate waits for a deal to be old enough"
    for gate in gates:
        age, beyond = int(gate["from_age_days"]), float(gate["leave_value"]) - 2 * _STEPS[gate["unit"]]
        deals = [
            _deal(name, gate["metric"], [beyond]).assign(deal_age_days=days)
            for name, days in (("young", age - 1), ("old enough", age))
        ]
        (rule,) = (
            r["rule_id"] for r in RULES if (r["threshold_key"], r["fires_when"]) == (gate["threshold_key"], "closed")
        )
        plays = _play(warehouse, pd.concat(deals)).set_index("opportunity_id")
        for decided in ("rule_id", "raw_rule_id"):
            assert plays.loc["young", decided] != rule and plays.loc["old enough", decided] == rule


def test_a_policy_that_contradicts_itself_is_refused_with_its_row(warehouse: Warehouse) -> None:
    policy = [model for model in _MODELS if model.endswith(("_problem", "_threshold"))]
    warehouse.make(*policy)
    for statement, words in (
        (
            # as high as the gate of Park, whatever the policy says that is
            "insert into work.reference.play_threshold select * replace ('motion_high_min' as threshold_key, "
            "date '2026-06-01' as valid_from) from work.reference.play_threshold "
            "where threshold_key = 'motion_active_min'",
            "play_threshold.csv, row motion_high_min of 2026-06-01: it leaves no room to Protect beside",
        ),
        (
            "update work.reference.play_threshold set leave_value = value + 1 where threshold_key = 'motion_high_min'",
            "play_threshold.csv, row motion_high_min of 2000-01-01: leave_value must not lie above value",
        ),
        (
            "delete from work.reference.play_threshold where threshold_key = 'p_incremental_min'",
            "play_rule.csv, row protect_small_gain: its gate p_incremental_min is no row of play_threshold",
        ),
        ("delete from work.reference.play_threshold", "is no row of play_threshold"),
        (
            "delete from work.reference.play_effort where play = 'Park' and stage_band = 'late'",
            "play_effort.csv, row Park, late: no hours are stated for this part of the stages",
        ),
        (
            "update work.reference.play_rule set rule_order = 1 where rule_id = 'accelerate'",
            "play_rule.csv, row accelerate: a",
        ),
    ):
        warehouse.connection.execute("begin")
        warehouse.connection.execute(statement)
        with pytest.raises(duckdb.InvalidInputException) as refusal:
            warehouse.make(*policy)
        warehouse.connection.execute("rollback")
        assert words in str(refusal.value)
        assert "Next step: correct that row" in str(refusal.value)


def _noisy_company(seed: int, noise: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return deals whose true scores drift slowly, once as they are and once as weeks show them (`noise`, points)."""
    rng = np.random.default_rng(seed)
    n = 300
    names = np.repeat([f"{name:04d}" for name in range(n)], WEEKS)
    weeks = np.tile(np.arange(WEEKS - 1, -1, -1), n)
    truth = pd.DataFrame([_SOUND] * (n * WEEKS)).assign(opportunity_id=names, week_index=weeks)
    for metric, low, high in (("motion", 10, 90), ("risk", 10, 70)):
        start = rng.uniform(low, high, (n, 1))
        drift = rng.normal(0, 1.0, (n, WEEKS)).cumsum(axis=1)
        truth[metric] = np.clip(start + drift, 0, 100).ravel()
    shown = truth.copy()
    for metric in ("motion", "risk"):
        shown[metric] = np.clip(truth[metric] + rng.normal(0, noise, len(truth)), 0, 100).round(1)
    return truth, shown


def _flips_per_quarter(plays: pd.DataFrame, column: str) -> float:
    wide = plays.pivot(index="opportunity_id", columns="week_index", values=column)
    return float((wide.iloc[:, 1:].to_numpy() != wide.iloc[:, :-1].to_numpy()).mean() * 13)


@pytest.mark.parametrize("noise", [4.0, 8.0, 12.0])
def test_bands_save_flips_and_are_no_more_often_on_the_wrong_side(warehouse: Warehouse, noise: float) -> None:
    truth, shown = _noisy_company(seed=7, noise=noise)
    true_plays = _play(warehouse, truth)[["opportunity_id", "week_index", "raw_play"]]
    plays = _play(warehouse, shown).merge(
        true_plays.rename(columns={"raw_play": "true_play"}), on=["opportunity_id", "week_index"]
    )
    wrong = (plays.play != plays.true_play).mean()
    wrong_raw = (plays.raw_play != plays.true_play).mean()
    flips, flips_raw = _flips_per_quarter(plays, "play"), _flips_per_quarter(plays, "raw_play")
    assert wrong <= wrong_raw
    assert flips <= 0.5 * flips_raw
