"""Slice sampling draws from the density, also with a width of its own for each variable."""

import numpy as np
import pytest

from bayescale.core.draws.slice_sampling import slice_draw


@pytest.mark.parametrize("width", [3.0, np.linspace(0.5, 8.0, 400)])
def test_slice_sampling_draws_from_the_density(width: float | np.ndarray) -> None:
    rng, value, draws = np.random.default_rng(1), np.zeros(400), []
    for _ in range(60):
        value = slice_draw(lambda x: -0.5 * ((x - 1) / 2) ** 2, value, rng, width)
        draws.append(value)
    late = np.concatenate(draws[20:])
    assert late.mean() == pytest.approx(1, abs=0.2)
    assert late.std() == pytest.approx(2, rel=0.1)
