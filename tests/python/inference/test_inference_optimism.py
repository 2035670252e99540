"""Segments are found on deals that the hazard counts again: what cross validation says of that luck, and its use."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import simulate

from orchestration.errors import CheckFailed
from orchestration.inference.hazard import fit_hazard
from orchestration.inference.optimism import Optimism, drawn_together, evidence_of, kept_share, optimism_of
from orchestration.inference.segment_data import FEATURES, read_deals, usable
from orchestration.inference.segment_optimism import churn_shrinkage, pooled_means
from orchestration.inference.segment_versions import fit_segment_versions


def deals_without_pattern(n: int, seed: int) -> pd.DataFrame:
    """Deals whose outcomes have nothing to do with their signals, but churn shows plainly in contribution."""
    rng = np.random.default_rng(seed)
    churned = (rng.random(n) < 0.25).astype(float)
    outcome = {
        "contribution_per_arr_12m": 0.6 - 0.3 * churned + rng.normal(0, 0.1, n),
        "churned_12m": churned,
        "expanded_12m": (rng.random(n) < 0.2).astype(float),
        "support_per_arr_12m": rng.gamma(2.0, 0.05, n),
    }
    signals = {name: np.round(rng.gamma(2.0, 3.0, n)) for name in FEATURES}
    ids = [f"006{i:015d}" for i in range(n)]
    return pd.DataFrame({"opportunity_id": ids, "sample_weight": 1.0, **signals, **outcome})


def usable_rows(sample: pd.DataFrame) -> pd.DataFrame:
    return usable(read_deals(sample))[0]


def test_strong_patterns_hold_in_other_deals_and_more_deals_hold_better() -> None:
    few, many = (churn_shrinkage(usable_rows(simulate.simulate_deals(5, n)), 1) for n in (400, 3000))
    assert 0.5 <= few.share < many.share <= 1.0
    assert many.share > 0.93
    assert many.error < few.error


def test_what_was_found_by_luck_alone_is_drawn_together_most() -> None:
    luck = churn_shrinkage(usable_rows(deals_without_pattern(500, 2)), 1)
    pattern = churn_shrinkage(usable_rows(simulate.simulate_deals(2, 500)), 1)
    assert luck.share <= pattern.share


def test_the_order_of_the_rows_does_not_matter() -> None:
    deals = simulate.simulate_deals(4, 300)
    shuffled = deals.sample(frac=1.0, random_state=3)
    assert churn_shrinkage(usable_rows(deals), 1) == churn_shrinkage(usable_rows(shuffled), 1)


def test_unknown_or_rare_churn_is_not_learned_from() -> None:
    rows = usable_rows(simulate.simulate_deals(4, 300))
    unknown = churn_shrinkage(rows.assign(churned_12m=np.nan), 1)
    assert (unknown.share, unknown.error, unknown.months) == (1.0, 0.0, 0.0)
    never = churn_shrinkage(rows.assign(churned_12m=0.0), 1)
    assert never.share == pytest.approx(1.0 - 0.2 * 0.8)
    assert never.months == 12.0 * len(rows)


def test_means_of_groups_are_pooled_by_the_variance_between_them() -> None:
    values = np.array([0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0])
    same = pooled_means(values, np.ones(8), [np.arange(4), np.arange(4, 8)])
    assert same.tolist() == [1.0, 1.0]
    apart = pooled_means(values + np.repeat([0.0, 10.0], 4), np.ones(8), [np.arange(4), np.arange(4, 8)])
    assert 1.0 < apart[0] < 1.2 and 10.8 < apart[1] < 11.0


def test_the_rules_carry_it() -> None:
    found = fit_segment_versions(simulate.simulate_deals(3, 600), as_of=date(2026, 1, 1), seed=1)["segment_rule"]
    luck = optimism_of(found)
    assert luck.segments == tuple(sorted(set(found["segment_id"])))
    assert 0.0 < luck.shrinkage <= 1.0 and luck.error > 0.0
    assert 6.0 * 600 < luck.months <= 12.0 * 600
    one = fit_segment_versions(simulate.simulate_deals(3, 60), as_of=date(2026, 1, 1), seed=1)["segment_rule"]
    assert optimism_of(one) == Optimism(("S1",), 1.0, 0.0, 0.0)
    with pytest.raises(CheckFailed, match="segment_rule"):
        optimism_of(found.drop(columns="churn_shrinkage"))


def test_only_the_searched_share_of_the_first_year_is_luck() -> None:
    sure = Optimism(("S1",), 0.8, 0.0, 600.0)
    noise = np.zeros(3)
    assert kept_share(sure, 600.0, noise) == pytest.approx(0.8)
    assert kept_share(sure, 1200.0, noise) == pytest.approx(0.9)
    assert kept_share(sure, 300.0, noise) == pytest.approx(0.8)
    assert kept_share(sure, 0.0, noise) == pytest.approx(1.0)
    unsure = kept_share(Optimism(("S1",), 0.8, 0.2, 600.0), 600.0, np.array([-9.0, 0.0, 9.0]))
    assert unsure == pytest.approx([0.0, 0.8, 1.0])


def test_deviations_move_to_their_mean_and_keep_their_width() -> None:
    centre = np.array([[1.0], [-1.0], [5.0]])
    own = centre[:, None, :] + np.array([-0.5, 0.5])[None, :, None]
    moved = drawn_together(own, centre, np.array([1.0, 1.0, 0.0]), np.array([0.5, 0.5]))
    assert moved[:, :, 0].tolist() == [[0.0, 1.0], [-1.0, 0.0], [4.5, 5.5]]
    assert drawn_together(own, centre, np.zeros(3), np.array([0.5, 0.5])) is own


def test_segments_that_nobody_searched_for_stay_as_they_are() -> None:
    cells = pd.DataFrame(
        {
            "segment_id": ["S1", "S1", "unassigned"],
            "age_month": [12, 13, 1],
            "n_at_risk": [10.0, 7.0, 99.0],
            "n_churn": [2.0, 1.0, 9.0],
        }
    )
    weight, months = evidence_of(cells, ["S1", "S2", "unassigned"], ["S1", "S2"])
    assert weight.tolist() == [3.0, 0.5, 0.0]
    assert months == 10.0


def test_published_survival_of_segments_comes_closer_and_the_pool_stays(company: simulate.Company) -> None:
    luck = Optimism(simulate.SEGMENTS[:-1], 0.6, 0.05, 1e9)
    plain, drawn = (fit_hazard(company.hazard, seed=1, optimism=o) for o in (None, luck))

    def at_twelve(fit: object) -> np.ndarray:
        return np.array([fit.survival_draws(s, "monthly")[:, 11].mean() for s in fit.segments])

    one, two = at_twelve(plain), at_twelve(drawn)
    chosen = [plain.segments.index(s) for s in luck.segments]
    assert 0.5 < two[chosen].std() / one[chosen].std() < 0.75
    assert one[plain.segments.index("S6")] == two[plain.segments.index("S6")]
    assert one[-1] == two[-1]
    none = fit_hazard(company.hazard, seed=1, optimism=Optimism(simulate.SEGMENTS, 1.0, 0.0, 1e9))
    assert at_twelve(none) == pytest.approx(one, abs=1e-12)
