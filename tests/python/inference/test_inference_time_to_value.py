"""Time to value against a company whose law of arrival is known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import simulate_value

from orchestration.errors import CheckFailed
from orchestration.inference.constants import TTV_WEEKS
from orchestration.inference.time_to_value import (
    TimeToValuePosterior,
    fit_time_to_value,
    fit_ttv,
    time_to_value_kpi,
    time_to_value_table,
)

SEED = 7
AS_OF = date(2025, 1, 1)
# A share this near to the truth is no miss: early weeks in which next to nobody arrives have intervals of this width.
NEAR = 0.003
_WEEKS = (4, 8, 13, 26, 52)


def _covered(posterior: TimeToValuePosterior) -> np.ndarray:
    """Whether the 90 % interval holds the truth, by segment and week, shape (6, 5)."""
    truth = simulate_value.true_reached()
    out = np.zeros((len(simulate_value.SEGMENTS), len(_WEEKS)))
    for s, segment in enumerate(simulate_value.SEGMENTS):
        low, high = np.quantile(posterior.shares(segment)[0], [0.05, 0.95], axis=0)
        for i, week in enumerate(_WEEKS):
            out[s, i] = low[week] - NEAR <= truth[s, week] <= high[week] + NEAR
    return out


def _kpi(frame: pd.DataFrame, segment: str, metric: str) -> pd.Series:
    (row,) = (r for _, r in frame[(frame["segment_id"] == segment) & (frame["metric"] == metric)].iterrows())
    return row


def _coverage(n_companies: int) -> np.ndarray:
    fits = (fit_time_to_value(simulate_value.arrivals(seed).weekly, seed=SEED) for seed in range(n_companies))
    return np.mean([_covered(fit) for fit in fits], axis=0)


def test_intervals_cover_the_truth() -> None:
    cover = _coverage(20)
    assert 0.84 <= cover.mean() <= 0.97
    assert cover.mean(axis=0).min() >= 0.78


@pytest.mark.long
def test_intervals_cover_the_truth_over_a_hundred_companies() -> None:
    cover = _coverage(100)
    assert 0.87 <= cover.mean() <= 0.95
    # rather wide than narrow in the first weeks, where few have arrived; exact from a quarter on
    assert 0.87 <= cover[:, 2:].mean() <= 0.95


def test_large_companies_are_known_well() -> None:
    posterior = fit_time_to_value(simulate_value.arrivals(3, n_customers=20_000).weekly, seed=SEED)
    truth = simulate_value.true_reached()
    for s, segment in enumerate(simulate_value.SEGMENTS):
        error = np.abs(posterior.shares(segment)[0].mean(axis=0) - truth[s])
        assert error.max() <= 0.03, (segment, error.argmax(), error.max())
    assert fit_time_to_value(simulate_value.arrivals(3).weekly, seed=SEED).supported_week == TTV_WEEKS


def test_weeks_before_the_measurement_are_no_exposure() -> None:
    truth = simulate_value.true_reached()[:, 26]
    bias = {}
    for is_ignored in (False, True):
        company = simulate_value.arrivals(5, n_customers=6000, entry_week=90, is_entry_ignored=is_ignored)
        posterior = fit_time_to_value(company.weekly, seed=SEED)
        reached = [posterior.shares(segment)[0][:, 26].mean() for segment in simulate_value.SEGMENTS]
        bias[is_ignored] = float(np.mean(reached - truth))
        assert (_covered(posterior).mean() >= 0.8) == (not is_ignored)
    # one company: its own luck moves the share by about 0.015
    assert abs(bias[False]) <= 0.03
    # as if silence had been watched: who was waiting when the measurement began waited unwatched before
    assert bias[True] <= -0.04


def test_who_leaves_first_never_arrives() -> None:
    rows = [
        {"segment_id": "S1", "week_since_close": w, "bucket": b, "n_at_risk": 100, "n_reached": 0, "n_left": 3}
        for w in range(1, 53)
        for b in range(4)
    ]
    staying = pd.DataFrame(rows)
    staying.loc[staying["week_since_close"] == 4, "n_reached"] = 20
    without = staying.drop(columns="n_left")
    kpis = [time_to_value_kpi(fit_time_to_value(frame, seed=SEED)) for frame in (staying, without)]
    left, nobody = (_kpi(frame, "S1", "p_reached_52w")["mean"] for frame in kpis)
    assert left < nobody - 0.01
    first = _kpi(kpis[0], "S1", "share_left_first")["mean"]
    assert _kpi(kpis[0], "S1", "share_never")["mean"] > first > 0.5


def test_a_young_company_is_told_as_far_as_it_was_watched() -> None:
    weekly = simulate_value.arrivals(1, n_customers=1500, history_weeks=18).weekly
    posterior = fit_time_to_value(weekly, seed=SEED)
    curve, kpi = time_to_value_table(posterior), time_to_value_kpi(posterior)
    last = posterior.supported_week
    assert last == 17
    for segment in simulate_value.SEGMENTS:
        rows = curve[curve["segment_id"] == segment].set_index("week_since_close")["reached_mean"]
        assert rows.loc[:last].notna().all()
        assert rows.loc[last + 1 :].isna().all()
        assert np.isnan(_kpi(kpi, segment, "share_never")["mean"])
        assert np.isnan(_kpi(kpi, segment, "p_reached_26w")["p50"])
    assert _kpi(kpi, "S1", "weeks_to_50pct")["p50"] == pytest.approx(3, abs=1)


def test_weeks_that_nobody_needs_to_wait_for_are_known() -> None:
    weekly = simulate_value.arrivals(1).weekly
    quick = weekly[weekly["week_since_close"] <= 6].copy()
    last = quick["week_since_close"] == 6
    # everybody has arrived by week six: later weeks hold nobody, and yet nothing is unknown
    quick.loc[last, ["n_reached", "n_left"]] = np.column_stack(
        [quick.loc[last, "n_at_risk"], 0 * quick.loc[last, "n_left"]]
    )
    posterior = fit_time_to_value(quick, seed=SEED)
    assert posterior.supported_week == TTV_WEEKS
    assert time_to_value_table(posterior)["reached_mean"].notna().all()


@pytest.mark.parametrize("n_rows", [0, 1])
def test_a_handful_of_customers_is_told_nothing(n_rows: int) -> None:
    row = {"segment_id": "S1", "week_since_close": 1, "bucket": 0, "n_at_risk": 3, "n_reached": 1, "n_left": 0}
    frame = pd.DataFrame([row]).head(n_rows)
    tables = fit_ttv(frame, as_of=AS_OF, seed=SEED, segments=["S1", "S2"])
    for table in tables.values():
        assert set(table["segment_id"]) == {"S1", "S2", "all"}
        assert set(table["fallback_level"]) == {"prior_only"}
        assert table["model_version"].nunique() == 1
    assert tables["time_to_value"][["reached_mean", "reached_p05", "reached_p95"]].isna().all(axis=None)
    assert tables["time_to_value_kpi"][["mean", "p05", "p50", "p95"]].isna().all(axis=None)


def test_a_segment_without_customers_takes_what_all_have_in_common() -> None:
    posterior = fit_time_to_value(simulate_value.arrivals(2).weekly, seed=SEED, segments=["S7"])
    kpi = time_to_value_kpi(posterior)
    row = _kpi(kpi, "S7", "p_reached_52w")
    assert (row["n_observed"], row["n_events"], row["fallback_level"]) == (0, 0, "company")
    own = _kpi(kpi, "S1", "p_reached_52w")
    assert own["fallback_level"] == "segment"
    assert row["p95"] - row["p05"] > 2 * (own["p95"] - own["p05"])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_or_everybody_arriving_at_once_gives_numbers(share: float) -> None:
    frame = pd.DataFrame(
        [
            {"segment_id": s, "week_since_close": w, "bucket": 1, "n_at_risk": 50, "n_reached": round(50 * share)}
            for s in ("S1", "S2")
            for w in range(1, 53 if share == 0 else 2)
        ]
    )
    posterior = fit_time_to_value(frame, seed=SEED)
    curve, kpi = time_to_value_table(posterior), time_to_value_kpi(posterior)
    assert np.isfinite(curve.drop(columns="reached_p_better").select_dtypes("number")).all(axis=None)
    middle = _kpi(kpi, "S1", "weeks_to_50pct")["p50"]
    assert np.isnan(middle) if share == 0 else 0 < middle <= 1
    assert (_kpi(kpi, "S1", "share_never")["mean"] > 0.8) == (share == 0)


def test_curves_rise_and_quantiles_are_ordered() -> None:
    posterior = fit_time_to_value(simulate_value.arrivals(4).weekly, seed=SEED)
    curve, kpi = time_to_value_table(posterior), time_to_value_kpi(posterior)
    for _, rows in curve.groupby("segment_id"):
        assert (np.diff(rows["reached_mean"]) >= 0).all()
        assert rows["reached_mean"].iloc[0] == 0
    assert (curve["reached_p05"] <= curve["reached_p50"]).all()
    assert (curve["reached_p50"] <= curve["reached_p95"]).all()
    # a quantile that is never reached comes after every one that is
    filled = kpi[["p05", "p50", "p95"]].fillna(np.inf).to_numpy()
    assert (filled[:, 0] <= filled[:, 1]).all()
    assert (filled[:, 1] <= filled[:, 2]).all()
    slow = _kpi(kpi, "S5", "weeks_to_75pct")
    assert np.isnan(slow["p50"]), "45 % of S5 never arrive"


def test_shuffled_labels_leave_nothing_to_tell() -> None:
    weekly = simulate_value.arrivals(6).weekly
    rng = np.random.default_rng(0)
    shuffled = weekly.loc[weekly.index.repeat(weekly["n_at_risk"])].copy()
    shuffled["n_at_risk"] = 1
    place = shuffled.groupby(level=0).cumcount()
    shuffled["n_reached"] = (place < shuffled["n_reached"]).astype(int)
    shuffled["n_left"] = ((place >= shuffled["n_reached"]) & (place < shuffled["n_left"])).astype(int)
    shuffled["segment_id"] = rng.permutation(shuffled["segment_id"].to_numpy())

    def spread(frame: pd.DataFrame) -> float:
        posterior = fit_time_to_value(frame, seed=SEED)
        return float(np.ptp([posterior.shares(s)[0][:, 26].mean() for s in simulate_value.SEGMENTS]))

    assert spread(shuffled) <= 0.35 * spread(weekly)


def test_order_of_rows_does_not_matter_and_streams_repeat() -> None:
    weekly = simulate_value.arrivals(8, n_customers=400).weekly
    first = fit_ttv(weekly, as_of=AS_OF, seed=SEED)
    again = fit_ttv(weekly.sample(frac=1.0, random_state=1), as_of=AS_OF, seed=SEED)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("week_since_close", 0, "below 1"),
        ("week_since_close", 53, "is not in 1 to 52"),
        ("n_at_risk", np.inf, "is infinite"),
        ("n_reached", -1, "below 0"),
        ("n_left", 10_000, "exceed n_at_risk"),
        ("n_at_risk", None, "is null"),
        ("segment_id", "all", "reserved"),
    ],
)
def test_what_breaks_the_contract_is_refused(column: str, value: object, message: str) -> None:
    frame = simulate_value.arrivals(9, n_customers=100).weekly.astype({column: object})
    frame.loc[frame.index[3], column] = value
    with pytest.raises(CheckFailed, match=rf"suff_ttv_weekly, column \w+, row 3: .*{message}"):
        fit_time_to_value(frame, seed=SEED)
    with pytest.raises(CheckFailed, match="has no column n_reached"):
        fit_time_to_value(frame.drop(columns="n_reached"), seed=SEED)
