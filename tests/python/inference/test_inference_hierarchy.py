"""The hierarchy against answers found another way: quadrature, and deviations that are known to be uncertain."""

import numpy as np
import pytest

from orchestration.inference.constants import HYPER_DF, N_DRAWS
from orchestration.inference.hierarchy import Design, Prior, expit, fit_hierarchy
from orchestration.inference.streams import stream


def rng(name: str) -> np.random.Generator:
    return stream(1, "hierarchy", name)


@pytest.mark.parametrize(("n", "k"), [(400.0, 6.0), (400.0, 60.0), (60.0, 30.0)])
def test_one_probability_agrees_with_quadrature(n: float, k: float) -> None:
    one = np.ones((1, 1))
    design = Design(np.array([n]), np.array([k]), one, np.zeros((1, 0)), np.zeros(1, dtype=int), 1)
    fit = fit_hierarchy(design, Prior(np.array([-3.0]), np.array([2.0]), [""], [], {}))
    b, _ = fit.draw(rng("b"), lambda s: rng(str(s)))
    grid = np.linspace(-9, 4, 20_001)
    density = np.exp(k * grid - n * np.logaddexp(0, grid) - 0.5 * ((grid + 3) / 2) ** 2 - fit.log_evidence)
    density /= density.sum()
    mean = density @ expit(grid)
    sd = np.sqrt(density @ (expit(grid) - mean) ** 2)
    ours = expit(b[:, 0])
    # 500 draws leave 0.045 sd of noise
    assert abs(ours.mean() - mean) < 0.12 * sd
    assert ours.std() == pytest.approx(sd, rel=0.12)


def many_segments(n_segments: int, sd: float) -> Design:
    level = -2.0 + sd * rng("truth").standard_normal(n_segments)
    n = np.full(n_segments, 5000.0)
    one = np.ones((n_segments, 1))
    return Design(n, n * expit(level), one, one, np.arange(n_segments), n_segments)


PRIOR = Prior(np.array([-2.0]), np.array([1.5]), [""], ["level"], {"level": 0.5})


def test_uncertain_deviations_have_the_spread_of_their_posterior() -> None:
    few, many = (fit_hierarchy(many_segments(count, 0.5), PRIOR) for count in (4, 60))

    def spread(fit: object) -> float:
        log_sd = 0.5 * np.log([point.own_var[0] for point in fit.points])  # type: ignore[attr-defined]
        weight = fit.weight  # type: ignore[attr-defined]
        return float(np.sqrt(weight @ (log_sd - weight @ log_sd) ** 2))

    # With levels known almost exactly, 1 / sd^2 is chi-squared with df = segments + HYPER_DF; sd of log sd follows.
    for fit, count in ((few, 4), (many, 60)):
        assert fit.weight.sum() == pytest.approx(1.0)
        assert spread(fit) == pytest.approx(1 / np.sqrt(2 * (count + HYPER_DF)), rel=0.35)


def test_cells_that_share_a_row_are_summed_without_a_change() -> None:
    time = np.tile(np.linspace(-1, 1, 7), 3)
    segment = np.repeat(np.arange(3), 7)
    n = 200.0 + 10 * np.arange(21.0)
    k = np.round(n * 0.1 * (1 + 0.3 * time))
    shared = np.column_stack([np.ones(21), time])
    prior = Prior(np.array([-2.0, 0.0]), np.array([1.5, 1.0]), ["", ""], ["level"], {"level": 0.3})
    plain = fit_hierarchy(Design(n, k, shared, np.ones((21, 1)), segment, 3), prior)
    summed = fit_hierarchy(Design(n, k, shared, np.ones((21, 1)), segment, 3, varying=1), prior)
    assert summed.shared == pytest.approx(plain.shared, abs=1e-8)
    assert summed.shared_cov == pytest.approx(plain.shared_cov, rel=1e-6)
    assert summed.own == pytest.approx(plain.own, abs=1e-8)


def test_draws_share_out_all_points_and_repeat() -> None:
    fit = fit_hierarchy(many_segments(5, 0.5), PRIOR)
    one, two = (fit.draw(rng("b"), lambda s: rng(f"u{s}")) for _ in range(2))
    assert (one[0] == two[0]).all() and (one[1] == two[1]).all()
    assert one[0].shape == (N_DRAWS, 1) and one[1].shape == (5, N_DRAWS, 1)
    assert np.isfinite(one[1]).all()
