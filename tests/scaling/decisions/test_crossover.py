"""Are crossings found where they are?"""

import numpy as np
import pytest

from bayescale.scaling.decisions.compute_path import zero_crossings


def test_first_zero_and_how_many() -> None:
    grid = np.linspace(1.0, 11.0, 96)
    found, count = zero_crossings(grid, np.stack([np.sin(grid), np.cos(grid), np.exp(grid), -np.exp(-grid)]))
    np.testing.assert_allclose(found, [np.pi, np.pi / 2, np.nan, np.nan], atol=1e-4)
    assert count.tolist() == [3, 4, 0, 0]


@pytest.mark.parametrize("at", [0.03, 0.97, 5.0])
def test_a_curve_that_bends_is_read_between_the_steps(at: float) -> None:
    grid = np.linspace(0.0, 1.0 if at < 1 else 10.0, 96)
    found, count = zero_crossings(grid, np.exp(-0.3 * grid) - np.exp(-0.3 * at))
    assert found == pytest.approx(at, abs=1e-5)
    assert count == 1


def test_shapes_are_kept() -> None:
    grid = np.linspace(0.0, 1.0, 21)
    level = np.random.default_rng(1).uniform(0.1, 0.9, (2, 3))
    found, count = zero_crossings(grid, grid - level[..., None])
    np.testing.assert_allclose(found, level)
    assert (count == 1).all()


def test_a_curve_from_infinity_comes_down() -> None:
    grid = np.linspace(0.0, 1.0, 11)
    values = np.where(grid < 0.55, np.inf, -1.0)
    found, count = zero_crossings(grid, values)
    assert 0.5 <= found <= 0.6
    assert count == 1
