"""From scores to verdicts: what pools, what blocks, what only warns, and what is too thin to say."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from orchestration.errors import CheckFailed
from orchestration.inference.backtest_limits import pooled_scores, verdicts
from orchestration.paths import PROJECT_DIR

AS_OF = date(2026, 1, 2)
SEEDED = pd.read_csv(PROJECT_DIR / "seeds" / "policy" / "backtest_limit.csv")


def _scores(
    ratios: list[float],
    *,
    n: int = 4000,
    expected: float = 400.0,
    quantity: str = "churn",
    horizon: int = 12,
    loss: float = 0.30,
    usual: float = 0.32,
    cover: list[float] | None = None,
) -> pd.DataFrame:
    """Scores of one quantity, one origin per ratio, newest last."""
    rows = []
    for i, ratio in enumerate(ratios):
        events = round(expected * ratio)
        head = {
            "origin_on": pd.Timestamp(2023 + i // 4, 1 + 3 * (i % 4), 1),
            "horizon_months": horizon,
            "quantity": quantity,
            "segment_id": "all",
            "noise_floor": np.nan,
            "n_observed": n,
            "n_events": events,
        }
        for model, model_loss in (("ours", loss), ("base_rate", usual)):
            for metric, value in (
                ("observed", float(events)),
                ("expected", expected),
                ("o_e", ratio),
                ("log_loss", model_loss),
            ):
                rows.append({**head, "model": model, "metric": metric, "value": value})
        if cover is not None:
            held = {"n_observed": 6, "n_events": round(6 * cover[i]), "value": cover[i], "metric": "interval_cover"}
            rows.append({**head, "model": "ours", **held})
    return pd.DataFrame(rows)


def _status(scores: pd.DataFrame, check: str = "backtest_churn_12m_ratio") -> str:
    found = verdicts(scores, SEEDED, as_of=AS_OF, seed=1).set_index("check_name")
    assert len(found) == len(SEEDED)
    return str(found.loc[check, "status"])


def test_pooled_ratio_is_sum_over_sum_and_losses_are_weighted() -> None:
    (row,) = pooled_scores(_scores([0.5, 1.5])).query("model == 'ours'").to_dict("records")
    assert row["o_e"] == pytest.approx(1.0)
    assert row["log_loss_skill"] == pytest.approx(1 - 0.30 / 0.32)
    assert (row["n_origins"], row["n_events"]) == (2, 800)


def test_a_slope_of_two_events_counts_what_two_events_tell() -> None:
    rows = _scores([1.0] * 3).query("model == 'ours' and metric == 'o_e'").assign(metric="calibration_slope")
    rows = rows.assign(value=[1.1, 0.9, -97.0], noise_floor=[0.1, 0.1, 40.0])
    (row,) = pooled_scores(pd.concat([_scores([1.0] * 3), rows])).query("model == 'ours'").to_dict("records")
    assert row["calibration_slope"] == pytest.approx(1.0, abs=0.001)
    # slopes that tell as much as each other are as heavy
    rows = rows.assign(value=[0.5, 1.0, 1.5], noise_floor=[0.2, 0.2, 0.1])
    (row,) = pooled_scores(pd.concat([_scores([1.0] * 3), rows])).query("model == 'ours'").to_dict("records")
    assert row["calibration_slope"] == pytest.approx((0.5 + 1.0 + 4 * 1.5) / 6)


def test_models_are_compared_where_both_forecast() -> None:
    scores = _scores([1.0, 1.0])
    is_loss = scores["metric"] == "log_loss"
    # the second quarter is hard for everybody, and the trees skip it
    scores.loc[is_loss & (scores["origin_on"] > scores["origin_on"].min()), "value"] = 0.60
    trees = scores[(scores["model"] == "ours") & (scores["origin_on"] == scores["origin_on"].min())]
    trees = trees.assign(model="gradient_boosting", value=trees["value"].where(trees["metric"] != "log_loss", 0.40))
    by_model = pooled_scores(pd.concat([scores, trees])).set_index("model")
    assert by_model.loc["ours", "log_loss"] > by_model.loc["gradient_boosting", "log_loss"]
    assert by_model.loc["gradient_boosting", "saved_by_ours"] == pytest.approx(1 - 0.30 / 0.40)
    assert by_model.loc["base_rate", "saved_by_ours"] == pytest.approx(1 - 0.90 / 0.92)
    assert by_model.loc["ours", "saved_by_ours"] == pytest.approx(0.0)
    assert by_model.loc["gradient_boosting", "n_origins"] == 1


def test_too_few_to_judge_still_tells_what_was_seen() -> None:
    found = [
        verdicts(_scores([ratio] * 4, expected=99.0), SEEDED, as_of=AS_OF, seed=1).set_index("check_name")
        for ratio in (0.8, 1.0)
    ]
    apart, within = (frame.loc["backtest_churn_12m_ratio", "detail"] for frame in found)
    assert apart.endswith("outside 0.9 to 1.1 but too few to judge")
    assert within.endswith("of them events; too few to judge")


def test_overlapping_years_are_not_counted_four_times() -> None:
    (row,) = pooled_scores(_scores([1.0] * 5)).query("model == 'ours'").to_dict("records")
    assert row["n_distinct_events"] == pytest.approx(5 * 400 / 4)
    (alone,) = pooled_scores(_scores([1.0])).query("model == 'ours'").to_dict("records")
    assert alone["n_distinct_events"] == 400


@pytest.mark.parametrize(("ratio", "status"), [(0.9, "pass"), (0.895, "warn"), (1.1, "pass"), (1.11, "warn")])
def test_the_limits_themselves_are_within(ratio: float, status: str) -> None:
    assert _status(_scores([ratio] * 4)) == status


def test_a_proven_failure_blocks() -> None:
    assert _status(_scores([2.0] * 4, loss=0.33)) == "fail"


def test_a_wrong_level_that_still_tells_customers_apart_only_warns() -> None:
    assert _status(_scores([2.0] * 4, loss=0.31)) == "warn"


def test_a_shock_that_the_model_has_learned_since_only_warns() -> None:
    assert _status(_scores([2.0, 2.0, 2.0, 1.0], loss=0.33)) == "warn"


def test_too_few_events_never_judge() -> None:
    assert _status(_scores([2.0] * 4, expected=99.0, loss=0.33)) == "info"
    assert _status(_scores([2.0] * 4, expected=101.0, loss=0.33)) == "fail"


def test_a_company_that_hardly_keeps_anyone_is_not_judged_either() -> None:
    assert _status(_scores([1.6] * 4, n=740, expected=400.0, loss=0.33)) == "info"


def test_intervals_that_never_hold_block_and_few_intervals_do_not() -> None:
    options = {"quantity": "churn_monthly", "horizon": 3}
    check = "backtest_churn_3m_cover"
    assert _status(_scores([1.0] * 8, cover=[0.5] * 8, **options), check) == "fail"
    assert _status(_scores([1.0] * 8, cover=[0.5] * 7 + [1.0], **options), check) == "warn"
    assert _status(_scores([1.0] * 8, cover=[0.9] * 8, **options), check) == "pass"
    assert _status(_scores([1.0] * 3, cover=[0.5] * 3, **options), check) == "info"


def test_without_any_score_every_limit_says_so() -> None:
    found = verdicts(_scores([1.0]).iloc[:0], SEEDED, as_of=AS_OF, seed=1)
    assert set(found["status"]) == {"info"}
    assert found["value"].isna().all()
    assert found["detail"].str.contains("too short to tell").all()


def test_a_limit_on_what_nobody_measures_is_refused() -> None:
    limits = SEEDED.assign(metric="auc")
    with pytest.raises(CheckFailed, match="Seed backtest_limit, column metric, row backtest_churn_12m_ratio: auc"):
        verdicts(_scores([1.0]), limits, as_of=AS_OF, seed=1)


def test_every_seeded_limit_leaves_room_between_warning_and_stop() -> None:
    for row in SEEDED.to_dict("records"):
        assert not row["block_below"] >= row["warn_below"], row["check_name"]
        assert not row["block_above"] <= row["warn_above"], row["check_name"]
