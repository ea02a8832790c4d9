"""Test zeros of sampled curves against known ones."""

import numpy as np
import pytest

from bayescale.scaling.decisions.compute_path import zero_crossings


def test_first_zero_and_number_of_zeros() -> None:
    grid = np.linspace(1.0, 11.0, 96)
    first, count = zero_crossings(grid, np.stack([np.sin(grid), np.cos(grid), np.exp(grid), -np.exp(-grid)]))
    np.testing.assert_allclose(first, [np.pi, np.pi / 2, np.nan, np.nan], atol=1e-4)
    assert count.tolist() == [3, 4, 0, 0]


@pytest.mark.parametrize("at", [0.03, 0.97, 5.0])
def test_zeros_between_grid_points(at: float) -> None:
    grid = np.linspace(0.0, 1.0 if at < 1 else 10.0, 96)
    first, count = zero_crossings(grid, np.exp(-0.3 * grid) - np.exp(-0.3 * at))
    assert first == pytest.approx(at, abs=1e-5)
    assert count == 1


def test_zeros_keep_the_shape_of_draws() -> None:
    grid = np.linspace(0.0, 1.0, 21)
    level = np.random.default_rng(1).uniform(0.1, 0.9, (2, 3))
    first, count = zero_crossings(grid, grid - level[..., None])
    np.testing.assert_allclose(first, level)
    assert (count == 1).all()


def test_a_curve_that_starts_at_infinity() -> None:
    grid = np.linspace(0.0, 1.0, 11)
    values = np.where(grid < 0.55, np.inf, -1.0)
    first, count = zero_crossings(grid, values)
    assert 0.5 <= first <= 0.6
    assert count == 1


def test_zeros_agree_with_a_fine_grid() -> None:
    rng = np.random.default_rng(5)
    grid, fine = np.linspace(0.0, 1.0, 96), np.linspace(0.0, 1.0, 200_001)
    rate, level = rng.uniform(1.0, 6.0, (200, 1)), rng.uniform(0.1, 0.9, (200, 1))
    first, _ = zero_crossings(grid, np.exp(-rate * grid) - np.exp(-rate * level))
    on_grid = fine[(np.exp(-rate * fine) - np.exp(-rate * level) <= 0).argmax(axis=-1)]
    np.testing.assert_allclose(first, on_grid, atol=1e-5)


def test_an_end_at_zero() -> None:
    grid = np.linspace(0.0, 1.0, 11)
    first, count = zero_crossings(grid, np.stack([grid - 0.5, 0.5 - grid, grid, -grid]))
    np.testing.assert_allclose(first, [0.5, 0.5, 0.0, np.nan], atol=1e-9)
    assert count.tolist() == [1, 1, 1, 0]
