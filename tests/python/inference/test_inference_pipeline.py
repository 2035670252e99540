"""Time to close: the chain gives back the truth it was drawn from, shares add up, and little evidence says so."""

import numpy as np
import pandas as pd
import pytest

from orchestration.errors import CheckFailed
from orchestration.inference.pipeline import (
    HORIZON_WEEKS,
    LAST_AGE_WEEK,
    TABLE,
    chain,
    close_table,
    fit_pipeline,
)

_WON = np.array([0.0, 0.005, 0.01, 0.02, 0.05, 0.12])
_LOST = np.array([0.0, 0.04, 0.03, 0.03, 0.02, 0.02])
_ADVANCED = np.array([0.0, 0.15, 0.12, 0.10, 0.10, 0.0])


def simulate_pipeline(seed: int, n_deals: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """suff_pipeline_weekly of deals that start in band 1, with the week each ended in and whether it was won."""
    rng = np.random.default_rng(seed)
    band, age = np.ones(n_deals, dtype=int), np.zeros(n_deals, dtype=int)
    ended, won = np.full(n_deals, -1), np.zeros(n_deals, dtype=bool)
    segment = rng.integers(0, 2, n_deals)
    parts = []
    for week in range(150):
        alive = np.flatnonzero(ended < 0)
        if not alive.size:
            break
        u = rng.random(alive.size)
        # the second segment is decided at half the pace
        pace = np.where(segment[alive] == 0, 1.0, 0.5)
        p_won, p_lost, p_on = _WON[band[alive]] * pace, _LOST[band[alive]] * pace, _ADVANCED[band[alive]]
        event = np.where(u < p_won, 1, np.where(u < p_won + p_lost, 2, np.where(u < p_won + p_lost + p_on, 3, 0)))
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": np.array(["S1", "S2"])[segment[alive]],
                    "pace_band": 0,
                    "stage_band": band[alive],
                    "stage_age_week": np.minimum(age[alive], LAST_AGE_WEEK),
                    "bucket": alive % 32,
                    "n_at_risk": 1,
                    "n_won": event == 1,
                    "n_lost": event == 2,
                    "n_advanced": event == 3,
                }
            )
        )
        ended[alive[(event == 1) | (event == 2)]] = week + 1
        won[alive[event == 1]] = True
        band[alive] += event == 3
        age[alive] = np.where(event == 3, 0, age[alive] + 1)
    table = pd.concat(parts).groupby(["segment_id", "pace_band", "stage_band", "stage_age_week", "bucket"]).sum()
    return table.astype(int).reset_index(), ended, won & (segment == 0)


def test_intervals_of_new_deals_cover_what_they_claim() -> None:
    table, _, _ = simulate_pipeline(1, 1500)
    fit = fit_pipeline(table)
    won, lost = chain(fit)
    decided = (won + lost)[:, fit.segments.index("S1"), 0, 1, 0]
    fresh, _, _ = simulate_pipeline(2, 1)
    assert len(fresh)
    rng = np.random.default_rng(5)
    _, ended, _ = simulate_pipeline(7, 4000)
    first = np.random.default_rng(7).integers(0, 2, 4000) == 0
    place = np.interp(ended[first] - rng.random(first.sum()), np.arange(HORIZON_WEEKS + 1), decided / decided[-1])
    assert 0.75 < ((place > 0.1) & (place < 0.9)).mean() < 0.85


def test_the_share_won_in_the_end_is_that_of_the_deals() -> None:
    table, _, won_first = simulate_pipeline(3, 4000)
    fit = fit_pipeline(table)
    won, _ = chain(fit)
    share = won_first.sum() / (np.random.default_rng(3).integers(0, 2, 4000) == 0).sum()
    assert won[-1, fit.segments.index("S1"), 0, 1, 0] == pytest.approx(share, abs=0.03)


def test_shares_rise_and_never_pass_one() -> None:
    table = close_table(fit_pipeline(simulate_pipeline(4, 300)[0], segments=["S9"]))
    decided = table["won_share"] + table["lost_share"]
    assert decided.max() <= 1.0 + 1e-9 and table["won_share"].min() >= 0.0
    assert (decided.groupby(table.index // 20).diff().dropna() >= -1e-12).all()
    levels = table.groupby("segment_id")["fallback_level"].first()
    assert levels.to_dict() == {"S1": "segment", "S2": "segment", "S9": "company", "all": "segment"}


def test_row_order_does_not_matter() -> None:
    table = simulate_pipeline(4, 300)[0]
    shuffled = table.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(close_table(fit_pipeline(table)), close_table(fit_pipeline(shuffled)))


@pytest.mark.parametrize("n", [0, 10])
def test_without_twenty_decisions_only_the_prior_speaks(n: int) -> None:
    table = close_table(fit_pipeline(simulate_pipeline(4, 300)[0].head(n).assign(n_won=0, n_lost=0), segments=["S1"]))
    assert set(table["fallback_level"]) == {"prior_only"}
    assert table[["won_share", "lost_share"]].notna().all().all()


def test_a_company_that_never_loses_has_no_loss_to_speak_of() -> None:
    table = simulate_pipeline(6, 600)[0].assign(n_lost=0)
    won, lost = chain(fit_pipeline(table))
    assert np.isfinite(won).all() and lost[13].max() < 0.1


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("stage_band", 6, "is not in 0 to 5"),
        ("n_won", -1, "is below 0"),
        ("n_at_risk", 0, "is below n_won"),
        ("segment_id", None, "is null"),
        ("n_lost", np.inf, "is infinite"),
    ],
)
def test_broken_input_is_refused_by_name(column: str, value: object, message: str) -> None:
    broken = simulate_pipeline(4, 300)[0].astype({column: object})
    row = int(np.flatnonzero(broken["n_advanced"] > 0)[0])
    broken.loc[row, column] = value
    with pytest.raises(CheckFailed, match=f"{TABLE}, column {column}, row {row}: {message}"):
        fit_pipeline(broken)
