"""Test draws of the discrepancy away from the data against the kernel."""

import numpy as np
import pytest

from bayescale.scaling.model.discrepancy import Basis, make_basis
from bayescale.scaling.predict.discrepancy_paths import unspanned


@pytest.fixture(scope="module")
def basis() -> Basis:
    rng = np.random.default_rng(0)
    points = rng.uniform([16, 20], [20.7, 24], (50, 2))
    return make_basis(points, np.repeat([0, 1], 25), lengthscale=0.3, shared=0.7, slopes=np.array([-0.1, -0.05]))


POINTS = np.array([[18.0, 22.0], [22.0, 26.0], [22.2, 26.1], [22.0, 26.0], [27.0, 30.0], [21.0, 24.5]])
FAMILY = np.array([0, 0, 0, 1, -1, -1])


def test_covariance_is_that_of_the_kernel(basis: Basis) -> None:
    drawn = unspanned(basis, POINTS, FAMILY, (4, 5000), seed=1).reshape(-1, len(POINTS))
    np.testing.assert_allclose(np.cov(drawn.T), basis.residual_covariance(POINTS, FAMILY), atol=0.06)
    assert np.abs(drawn.mean(axis=0)).max() < 0.03


def test_targets_do_not_depend_on_each_other(basis: Basis) -> None:
    together = unspanned(basis, POINTS, FAMILY, (2, 50), seed=1)
    alone = np.concatenate(
        [unspanned(basis, POINTS[i : i + 1], FAMILY[i : i + 1], (2, 50), seed=1) for i in range(len(POINTS))], axis=-1
    )
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_another_seed_is_another_function(basis: Basis) -> None:
    one, other = (unspanned(basis, POINTS, FAMILY, (2, 50), seed=seed) for seed in (1, 2))
    assert np.abs(np.corrcoef(one[..., 4].ravel(), other[..., 4].ravel())[0, 1]) < 0.4


def test_draws_are_nearly_normal(basis: Basis) -> None:
    drawn = unspanned(basis, POINTS, FAMILY, (4, 25_000), seed=1).reshape(-1, len(POINTS))
    scaled = drawn / drawn.std(axis=0)
    assert np.abs((scaled**4).mean(axis=0) - 3).max() < 0.15  # Monte Carlo error 0.015
    tails = np.quantile(scaled, [0.005, 0.05, 0.95, 0.995], axis=0)
    np.testing.assert_allclose(tails, [[-2.576], [-1.645], [1.645], [2.576]] * np.ones(len(POINTS)), atol=0.05)


def test_more_draws_leave_the_first_as_they_are(basis: Basis) -> None:
    few, many = (unspanned(basis, POINTS, FAMILY, (1, draws), seed=1) for draws in (20, 50))
    np.testing.assert_allclose(few[0], many[0, :20], atol=1e-6)
