"""Importance weights of draws: smoothing, moment matching and resampling."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.core.draws.importance import STRETCHES, Weighted, moment_matched, resampled, smoothed

type Array = NDArray[np.float64]


def standard_normal(at: Array) -> Array:
    """Log density up to a constant."""
    return np.asarray(-0.5 * (at**2).sum(axis=-1))


def test_moment_matching_of_a_distant_normal() -> None:
    """A correlated normal, two standard deviations off and narrower, from standard normal draws."""
    rng = np.random.default_rng(2)
    points = rng.standard_normal((4, 1000, 3))
    mean, factor = np.array([1.2, -1.2, 0.8]), np.array([[0.8, 0, 0], [0.5, 0.6, 0], [0.0, 0.4, 0.8]])

    def target(at: Array) -> Array:
        return np.asarray(-0.5 * (np.linalg.solve(factor, (at - mean)[..., None])[..., 0] ** 2).sum(axis=-1))

    start = Weighted(points, smoothed(target(points) - standard_normal(points)))
    assert not start.weights.passed
    found = moment_matched(start, standard_normal, target)
    assert found.weights.passed
    assert "mean" in found.moves
    np.testing.assert_array_equal(found.points[:, :1000], points)
    chosen = found.points.reshape(-1, 3)[resampled(found.weights, rng)]
    error = np.sqrt(np.diag(factor @ factor.T) / found.weights.effective_size)
    assert np.abs((chosen.mean(axis=0) - mean) / error).max() < 4
    np.testing.assert_allclose(np.cov(chosen, rowvar=False), factor @ factor.T, atol=0.08)


def test_a_tail_that_images_leave_out() -> None:
    """Nine tenths of the target lie in a narrow part, which images match; the rest is as wide as the proposal."""
    rng = np.random.default_rng(8)
    points = rng.standard_normal((4, 4000, 2))

    def target(at: Array) -> Array:
        narrow = np.log(0.9) - 0.5 * (((at - 1.3) / 0.2) ** 2).sum(axis=-1) - 2 * np.log(0.2)
        return np.asarray(np.logaddexp(narrow, np.log(0.1) + standard_normal(at)))

    start = Weighted(points, smoothed(target(points) - standard_normal(points)))
    assert not start.weights.passed
    found = moment_matched(start, standard_normal, target)
    assert found.weights.passed
    assert found.moves
    in_tail = np.exp(found.weights.log[(found.points < 0).any(axis=-1)]).sum()
    assert in_tail == pytest.approx(0.1 * (1 - 0.5**2), abs=0.01)


@pytest.mark.parametrize("name", STRETCHES)
def test_a_stretch_matches_covariances(name: str) -> None:
    rng = np.random.default_rng(7)
    points, (before, after) = rng.standard_normal((1000, 3)), (np.cov(rng.standard_normal((3, 9))) for _ in range(2))
    points = (points - points.mean(axis=0)) @ np.linalg.cholesky(np.linalg.inv(np.cov(points, rowvar=False)))
    found = np.cov(points @ np.linalg.cholesky(before).T @ STRETCHES[name](before, after), rowvar=False)
    if name == "mean":
        np.testing.assert_allclose(found, before)
    if name == "standard deviations":
        np.testing.assert_allclose(np.diag(found), np.diag(after))
    if name == "covariance":
        np.testing.assert_allclose(found, after)


def test_a_covariance_that_cannot_be_factored() -> None:
    before, after = np.eye(2), np.array([[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(STRETCHES["covariance"](before, after), np.eye(2))


def test_moment_matching_keeps_two_modes() -> None:
    """Two far modes where there was one, and the nearest draws to either: no affine map gives both."""
    rng = np.random.default_rng(3)
    points = rng.standard_normal((4, 500, 2))

    def target(at: Array) -> Array:
        return np.asarray(np.logaddexp(*(-50 * ((at - side) ** 2).sum(axis=-1) for side in (-6.0, 6.0))))

    start = Weighted(points, smoothed(target(points) - standard_normal(points)))
    found = moment_matched(start, standard_normal, target)
    assert not found.weights.passed
    assert found.moves == ()


def test_weights_of_odd_ratios() -> None:
    ratios = 0.5 * np.random.default_rng(4).standard_normal((2, 500))
    assert smoothed(np.full((2, 500), 3.0)).effective_size == 1000
    assert not smoothed(np.full((2, 500), -np.inf)).passed
    ratios[0, :5] = [np.nan, -np.inf, -np.inf, np.nan, -1e9]
    found = smoothed(ratios)
    assert np.exp(found.log).sum() == pytest.approx(1)
    assert np.exp(found.log)[0, :5].tolist() == [0.0] * 5
    assert found.passed


def test_systematic_resampling_is_even() -> None:
    weights = smoothed(0.7 * np.random.default_rng(5).standard_normal((2, 400)))
    counts = np.bincount(resampled(weights, np.random.default_rng(6)), minlength=800)
    assert counts.sum() == 800
    assert np.abs(counts - 800 * np.exp(weights.log).ravel()).max() < 1
