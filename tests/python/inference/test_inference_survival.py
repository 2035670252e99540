"""Survival and hazard are two ways to say the same, also where nobody is left."""

import numpy as np

from orchestration.inference.survival import alive_months, monthly_hazard, stay_rates


def test_hazard_gives_back_the_survival_it_came_from() -> None:
    hazard = np.array([[0.1, 0.5, 0.0, 0.25]])
    survival = np.cumprod(1.0 - hazard, axis=1)
    np.testing.assert_allclose(monthly_hazard(survival), hazard, atol=1e-15)
    np.testing.assert_array_equal(alive_months(survival), [[1.0, *survival[0, :-1]]])


def test_a_month_that_nobody_is_left_to_live_says_what_it_is_told_to() -> None:
    survival = np.array([[0.5, 0.0, 0.0]])
    np.testing.assert_array_equal(monthly_hazard(survival), [[0.5, 1.0, 0.0]])
    np.testing.assert_array_equal(stay_rates(survival, gone=0.0), [[0.5, 0.0, 0.0]])
