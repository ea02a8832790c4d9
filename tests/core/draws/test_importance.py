"""Importance weights of draws: smoothing, moment matching and resampling."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.core.draws.importance import MOVES, Weighted, moment_matched, resampled, smoothed

type Array = NDArray[np.float64]


def test_moment_matching_of_a_distant_normal() -> None:
    """A correlated normal, two standard deviations off and narrower, from standard normal draws."""
    rng = np.random.default_rng(2)
    points = rng.standard_normal((4, 1000, 3))
    mean, factor = np.array([1.2, -1.2, 0.8]), np.array([[0.8, 0, 0], [0.5, 0.6, 0], [0.0, 0.4, 0.8]])

    def target(at: Array) -> Array:
        return np.asarray(-0.5 * (np.linalg.solve(factor, (at - mean)[..., None])[..., 0] ** 2).sum(axis=-1))

    proposal = -0.5 * (points**2).sum(axis=-1)
    start = Weighted(points, smoothed(target(points) - proposal))
    assert not start.weights.passed
    found = moment_matched(start, proposal, target)
    assert found.weights.passed
    assert "mean" in found.moves
    chosen = found.points.reshape(-1, 3)[resampled(found.weights, rng)]
    error = np.sqrt(np.diag(factor @ factor.T) / found.weights.effective_size)
    assert np.abs((chosen.mean(axis=0) - mean) / error).max() < 4
    np.testing.assert_allclose(np.cov(chosen, rowvar=False), factor @ factor.T, atol=0.08)


@pytest.mark.parametrize("name", MOVES)
def test_a_move_matches_its_moments(name: str) -> None:
    rng = np.random.default_rng(7)
    points, weight = rng.standard_normal((2, 500, 3)) @ rng.standard_normal((3, 3)), rng.dirichlet(np.ones(1000))
    moved, log_volume = MOVES[name](points, weight.reshape(2, 500))
    flat, after = points.reshape(-1, 3), moved.reshape(-1, 3)
    wanted = [weight @ flat, np.cov(flat, rowvar=False, aweights=weight, ddof=0)]
    found = [after.mean(axis=0), np.cov(after, rowvar=False, ddof=0)]
    np.testing.assert_allclose(found[0], wanted[0])
    if name == "standard deviations":
        np.testing.assert_allclose(np.diag(found[1]), np.diag(wanted[1]))
    if name == "covariance":
        np.testing.assert_allclose(found[1], wanted[1])
    stretched = np.linalg.lstsq(flat - flat.mean(axis=0), after - found[0], rcond=None)[0]
    assert log_volume == pytest.approx(np.linalg.slogdet(stretched)[1], abs=1e-9)


def test_moment_matching_keeps_two_modes() -> None:
    """Two far modes where there was one, and the nearest draws to either: no affine map gives both."""
    rng = np.random.default_rng(3)
    points = rng.standard_normal((4, 500, 2))

    def target(at: Array) -> Array:
        return np.asarray(np.logaddexp(*(-50 * ((at - side) ** 2).sum(axis=-1) for side in (-6.0, 6.0))))

    proposal = -0.5 * (points**2).sum(axis=-1)
    found = moment_matched(Weighted(points, smoothed(target(points) - proposal)), proposal, target)
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
