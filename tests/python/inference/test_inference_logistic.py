"""The search for logistic modes, and the threads that linear algebra may use."""

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from orchestration.inference.hierarchy import expit
from orchestration.inference.logistic import information, logistic_mode


def _gradient(x: np.ndarray, y: np.ndarray, weight: np.ndarray, precision: np.ndarray, beta: np.ndarray) -> np.ndarray:
    return np.asarray(x.T @ (weight * (y - expit(x @ beta))) - precision * beta)


@pytest.mark.parametrize("slope", [0.5, 4.0, 40.0])
def test_mode_has_no_gradient_left(slope: float) -> None:
    # nearly separated data make the curvature fall away between start and mode
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 3))])
    y = (rng.random(400) < expit(slope * x[:, 1] - 1.0)).astype(np.float64)
    weight, precision = rng.uniform(0.1, 2.0, 400), np.array([1e-6, 0.5, 0.5, 0.5])
    beta, is_found = logistic_mode(x, y, weight, prior=np.zeros(4), precision=precision)
    assert is_found
    assert np.abs(_gradient(x, y, weight, precision, beta)).max() < 1e-5


def test_mode_does_not_depend_on_where_the_search_begins() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    y = (rng.random(300) < expit(x[:, 0])).astype(np.float64)
    one, prior, precision = np.ones(300), np.zeros(2), np.full(2, 0.1)
    cold, _ = logistic_mode(x, y, one, prior=prior, precision=precision)
    away = np.array([3.0, -3.0])
    told = information(x, expit(x @ away), one)
    warm, _ = logistic_mode(x, y, one, prior=prior, precision=precision, start=away, told=told)
    assert warm == pytest.approx(cold, abs=1e-7)


def test_linear_algebra_keeps_to_the_threads_it_was_given() -> None:
    given = int(os.environ["OPENBLAS_NUM_THREADS"])
    used = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    assert used <= {given}
