"""Probabilities of being better than the company: direction, ties, unknowns, and that they mean what they say."""

import numpy as np
import pytest

from orchestration.inference.comparison import probability_better

COMPANY = np.array([[0.2, 0.5, np.nan], [0.4, 0.5, 0.1], [0.6, 0.5, 0.1], [0.8, 0.5, 0.1]])


def test_draws_above_the_company_are_better_where_more_is_better() -> None:
    draws = np.full((4, 3), 0.5)
    higher = probability_better(draws, COMPANY, "higher")
    np.testing.assert_allclose(higher[:2], [0.5, 0.5])
    assert np.isnan(higher[2])
    np.testing.assert_allclose(probability_better(draws + 0.2, COMPANY, "higher")[:2], [0.75, 1.0])
    np.testing.assert_allclose(probability_better(draws + 0.2, COMPANY, "lower")[:2], [0.25, 0.0])


def test_the_company_is_not_compared_with_itself() -> None:
    assert np.isnan(probability_better(COMPANY, COMPANY, "higher")).all()


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_single_number_by_draw_gives_one_probability(better: str) -> None:
    rng = np.random.default_rng(5)
    segment, company = rng.normal(1, 1, 4000), rng.normal(0, 1, 4000)
    share = float(probability_better(segment, company, better))  # type: ignore[arg-type]
    # two normal values one standard deviation apart: 0.760
    assert share == pytest.approx(0.760 if better == "higher" else 0.240, abs=0.03)
