"""Win model: skill on later deals, none on shuffled outcomes, base rate with few, SQL mirror row by row."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed
from orchestration.inference.posteriors import fit_win
from orchestration.inference.win import FEATURES, INTERCEPT, score_win, win_shift_draws

AS_OF = date(2026, 1, 1)
Fitted = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def weeks() -> pd.DataFrame:
    return simulate.simulate_weeks(1)


@pytest.fixture(scope="module")
def fitted(weeks: pd.DataFrame) -> Fitted:
    return fit_win(weeks, as_of=AS_OF, seed=1)


def test_skill_and_calibration_on_new_deals(fitted: Fitted) -> None:
    calibration = fitted["win_calibration"].iloc[0]
    assert calibration["method"] == "sigmoid"
    assert calibration["log_loss"] < calibration["base_log_loss"] - 0.02
    fresh = simulate.simulate_weeks(99, 4000)
    p = score_win(fitted["win_coefficient"], fitted["win_calibration"], fresh)
    by_fifth = fresh["is_won"].groupby(pd.qcut(p, 5, labels=False)).mean()
    assert by_fifth.iloc[-1] - by_fifth.iloc[0] > 0.35


def test_probabilities_are_calibrated_over_samples() -> None:
    fresh = simulate.simulate_weeks(99, 4000)
    gaps = []
    for seed in range(5):
        out = fit_win(simulate.simulate_weeks(seed), as_of=AS_OF, seed=1)
        p = score_win(out["win_coefficient"], out["win_calibration"], fresh)
        fifth = pd.qcut(p, 5, labels=False)
        gaps.append(p.groupby(fifth).mean() - fresh["is_won"].groupby(fifth).mean())
    assert np.abs(np.mean(gaps, axis=0)).max() < 0.06


def test_shuffled_outcomes_leave_no_skill(weeks: pd.DataFrame) -> None:
    gaps = []
    for seed in range(3):
        outcome = weeks.groupby("opportunity_id")["is_won"].first()
        shuffled = pd.Series(np.random.default_rng(seed).permutation(outcome.to_numpy()), index=outcome.index)
        frame = weeks.assign(is_won=weeks["opportunity_id"].map(shuffled))
        row = fit_win(frame, as_of=AS_OF, seed=1)["win_calibration"].iloc[0]
        gaps.append(row["base_log_loss"] - row["log_loss"])
    assert np.mean(gaps) < 0.005


def test_batch_equals_single_row_and_formula(weeks: pd.DataFrame, fitted: Fitted) -> None:
    frame = weeks.head(80).copy()
    frame.loc[frame.index[::3], "contacts_28d"] = np.nan
    coefficient, calibration = fitted["win_coefficient"], fitted["win_calibration"]
    batch = score_win(coefficient, calibration, frame)
    by = coefficient.set_index("feature")

    def value(i: int, feature: str, transform: str, knot: float) -> float:
        x = frame[feature].iloc[i] if feature in frame else np.nan
        x = by.loc[feature, "missing_value"] if np.isnan(x) else x
        x = min(max(x, by.loc[feature, "lowest"]), by.loc[feature, "highest"])
        return {"value": x, "log": np.log(1 + max(x, 0)), "over": float(x > knot), "excess": max(x - knot, 0)}[
            transform
        ]

    for i in range(len(frame)):
        assert score_win(coefficient, calibration, frame.iloc[[i]]).iloc[0] == batch.iloc[i]
        logit = by.loc[INTERCEPT, "coefficient"]
        for row in coefficient.iloc[1:].itertuples():
            if row.transform == "segment":
                x = float(row.feature == f"segment {frame['segment_id'].iloc[i]}")
            else:
                x = value(i, row.input, row.transform, row.knot)
                if pd.notna(row.times_input):
                    x *= value(i, row.times_input, row.times_transform, row.times_knot)
            logit += row.coefficient * (x - row.centre) / row.scale
        logit = calibration["slope"].iloc[0] * logit + calibration["intercept"].iloc[0]
        assert batch.iloc[i] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-12)


def test_row_order_does_not_matter(weeks: pd.DataFrame, fitted: Fitted) -> None:
    again = fit_win(weeks.sample(frac=1.0, random_state=2), as_of=AS_OF, seed=1)
    for name, table in fitted.items():
        assert again[name].to_csv() == table.to_csv()


def test_repeating_weeks_does_not_count_as_evidence(weeks: pd.DataFrame) -> None:
    last = weeks.groupby("opportunity_id").tail(1)
    copies = [last.assign(snapshot_on=last["snapshot_on"] + pd.Timedelta(days=d)) for d in range(5)]
    one, many = (fit_win(f, as_of=AS_OF, seed=1)["win_coefficient"] for f in (last, pd.concat(copies)))
    # the ends of the range learned from are quantiles of the weeks, which copies move a little
    np.testing.assert_allclose(many["coefficient"], one["coefficient"], atol=0.01)


@pytest.mark.parametrize(("n", "won"), [(90, 45), (400, 49), (20, 1), (20, 19)])
def test_few_outcomes_give_the_base_rate(weeks: pd.DataFrame, n: int, won: int) -> None:
    frame = weeks.groupby("opportunity_id").head(1).head(n).copy()
    frame["is_won"] = (np.arange(n) < won).astype(int)
    out = fit_win(frame, as_of=AS_OF, seed=1)
    row = out["win_calibration"].iloc[0]
    assert (row["method"], row["n_won"], row["n_lost"]) == ("base_rate", won, n - won)
    p = score_win(out["win_coefficient"], out["win_calibration"], weeks.head(5))
    np.testing.assert_allclose(p, (won + 0.5) / (n + 1.0))
    assert (out["win_coefficient"].set_index("feature").loc[list(FEATURES), "coefficient"] == 0).all()


@pytest.mark.parametrize(("n", "won"), [(0, 0), (400, 0), (400, 400), (19, 9)])
def test_too_few_outcomes_or_all_of_a_kind_leave_the_chance_unknown(weeks: pd.DataFrame, n: int, won: int) -> None:
    frame = weeks.groupby("opportunity_id").head(1).head(n).copy()
    frame["is_won"] = (np.arange(n) < won).astype(int)
    out = fit_win(frame, as_of=AS_OF, seed=1)
    row = out["win_calibration"].iloc[0]
    assert (row["method"], row["n_won"], row["n_lost"]) == ("unknown", won, n - won)
    assert score_win(out["win_coefficient"], out["win_calibration"], weeks.head(5)).isna().all()


def test_decided_deals_without_weeks_give_the_base_rate(weeks: pd.DataFrame) -> None:
    out = fit_win(weeks.head(0), as_of=AS_OF, seed=1, decided=(30, 10))
    row = out["win_calibration"].iloc[0]
    assert (row["method"], row["n_won"], row["n_lost"]) == ("base_rate", 30, 10)
    p = score_win(out["win_coefficient"], out["win_calibration"], weeks.head(5))
    np.testing.assert_allclose(p, 30.5 / 41)
    assert (
        fit_win(weeks.head(0), as_of=AS_OF, seed=1, decided=(30, 0))["win_calibration"]["method"].iloc[0] == "unknown"
    )
    # weeks speak for themselves where there are any
    assert fit_win(weeks, as_of=AS_OF, seed=1, decided=(30, 0))["win_calibration"]["method"].iloc[0] == "sigmoid"


def test_enough_outcomes_give_the_model(weeks: pd.DataFrame) -> None:
    frame = weeks.groupby("opportunity_id").head(1).head(400).copy()
    frame["is_won"] = (np.arange(400) % 8 == 0).astype(int)
    frame["stakeholder_count"] = 1 + 3 * frame["is_won"]
    assert frame["is_won"].sum() == 50
    assert fit_win(frame, as_of=AS_OF, seed=1)["win_calibration"]["method"].iloc[0] == "sigmoid"


def test_a_model_no_better_than_the_share_won_gives_the_share_won(weeks: pd.DataFrame) -> None:
    frame = weeks.groupby("opportunity_id").head(1).head(400).copy()
    frame["is_won"] = np.random.default_rng(3).permutation(np.arange(400) % 2)
    tables = fit_win(frame, as_of=AS_OF, seed=1)
    row = tables["win_calibration"].iloc[0]
    assert (row["method"], row["n_won"], row["n_lost"]) == ("base_rate", 200, 200)
    assert row["log_loss"] >= row["base_log_loss"]
    chances = score_win(tables["win_coefficient"], tables["win_calibration"], frame)
    assert chances.nunique() == 1
    assert abs(chances.iloc[0] - 0.5) < 0.01


def test_empty_and_constant_features_say_nothing(weeks: pd.DataFrame) -> None:
    out = fit_win(weeks.assign(push_count=np.nan, contacts_28d=3.0), as_of=AS_OF, seed=1)["win_coefficient"]
    by = out.set_index("feature")
    assert by.loc["push_count", "coefficient"] == 0 and by.loc["contacts_28d", "coefficient"] == 0
    assert not out[["feature", "coefficient", "centre", "scale", "fallback_level"]].isna().any().any()


def test_segments_have_an_intercept_and_an_unseen_one_none(weeks: pd.DataFrame) -> None:
    odds = weeks["segment_id"].map({"S1": 0.95}).fillna(0.3)
    luck = weeks["opportunity_id"].map(lambda o: (int(o[1:]) * 7919 % 1000) / 1000)
    out = fit_win(weeks.assign(is_won=(luck < odds).astype(int)), as_of=AS_OF, seed=1)
    by = out["win_coefficient"].set_index("feature")
    assert by.loc["segment S1", "coefficient"] > 1.0
    assert by.loc["segment S1", "fallback_level"] in ("segment", "partly_pooled")
    week = weeks.head(1)
    s1, s2, other = (
        score_win(out["win_coefficient"], out["win_calibration"], week.assign(segment_id=s)).iloc[0]
        for s in ("S1", "S2", "S99")
    )
    assert s1 > other > s2


def test_a_week_counts_the_same_in_a_short_and_in_a_long_deal(weeks: pd.DataFrame) -> None:
    uneven = weeks.groupby("opportunity_id")["is_won"].transform("size")
    one, other = (
        fit_win(weeks.assign(sample_weight=1.0 / w), as_of=AS_OF, seed=1)["win_coefficient"]["coefficient"]
        for w in (uneven, 2.0 * uneven)
    )
    np.testing.assert_allclose(one, other, atol=1e-7)


def test_values_far_outside_count_as_the_ends_of_what_was_seen(weeks: pd.DataFrame, fitted: Fitted) -> None:
    week = weeks.head(1)
    coefficient, calibration = fitted["win_coefficient"], fitted["win_calibration"]
    highest = coefficient.set_index("feature").loc["contacts_28d", "highest"]
    far, end = (score_win(coefficient, calibration, week.assign(contacts_28d=x)).iloc[0] for x in (1e9, highest))
    assert far == end


@pytest.mark.parametrize(("n", "is_bounded"), [(100, True), (10_000, False)])
def test_a_chance_is_what_the_decided_deals_can_show(
    weeks: pd.DataFrame, fitted: Fitted, n: int, is_bounded: bool
) -> None:
    # log odds of 8 are 0.99966; a hundred deals can show 0.995 at most
    calibration = fitted["win_calibration"].assign(slope=0.0, n_won=n - 50, n_lost=50)
    high, low = (
        score_win(fitted["win_coefficient"], calibration.assign(intercept=i), weeks.head(1)).iloc[0]
        for i in (8.0, -8.0)
    )
    assert high == pytest.approx(1 - 0.5 / (n + 1) if is_bounded else 1 / (1 + np.exp(-8)), abs=1e-12)
    assert low == pytest.approx(1 - high, abs=1e-12)


def test_a_deal_counts_in_the_segment_of_its_weeks(weeks: pd.DataFrame) -> None:
    """Every deal begins in S1, where hardly a signal is known; what its later weeks tell belongs to their segment."""
    first = ~weeks.sort_values("snapshot_on").duplicated("opportunity_id").reindex(weeks.index)
    frame = weeks.assign(segment_id=np.where(first, "S1", "S2"))
    levels = fit_win(frame, as_of=AS_OF, seed=1)["win_coefficient"].set_index("feature")["fallback_level"]
    assert levels["segment S2"] == "segment"
    shift = win_shift_draws(frame, seed=1, segments=["S1", "S2", "S3"])
    own = {s: np.std(shift[s] - shift["all"]) for s in ("S1", "S2", "S3")}
    assert own["S2"] < own["S1"] < own["S3"]


def test_shift_is_wider_with_fewer_opportunities(weeks: pd.DataFrame) -> None:
    frame = weeks[(weeks["segment_id"] != "S6") | weeks["opportunity_id"].isin(weeks["opportunity_id"].unique()[:30])]
    shift = win_shift_draws(frame, seed=1)
    assert shift["S6"].std() > 1.1 * shift["S1"].std() > 1.1 * shift["all"].std()
    # The common part makes every segment wrong together.
    assert np.corrcoef(shift["S1"], shift["S2"])[0, 1] > 0.05


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("is_won", 2, "is neither 0 nor 1"),
        ("sample_weight", 0, "is not above 0"),
        ("push_count", np.inf, "is infinite"),
        ("snapshot_on", None, "is null"),
    ],
)
def test_broken_input_is_refused_by_name(weeks: pd.DataFrame, column: str, value: object, message: str) -> None:
    broken = weeks.head(30).astype({column: object}).copy()
    broken.loc[broken.index[4], column] = value
    with pytest.raises(CheckFailed, match=f"sample_opportunity_week, column {column}, row 4: {message}"):
        fit_win(broken, as_of=AS_OF, seed=1)


def test_shift_from_fitted_coefficients_is_that_of_its_own_fit(weeks: pd.DataFrame, fitted: Fitted) -> None:
    again = win_shift_draws(weeks, seed=1)
    handed = win_shift_draws(weeks, seed=1, coefficients=fitted["win_coefficient"])
    assert again.keys() == handed.keys()
    for name, draws in again.items():
        # same streams; the fits differ only in the weeks and deals they learn from
        assert handed[name].std() == pytest.approx(draws.std(), rel=0.03)
