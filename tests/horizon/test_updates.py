"""Draws of single variables have the right distributions."""

import numpy as np
import pytest

from bayescale.horizon.updates import coefficient_draw, scale_draw


def test_scales_follow_their_effects() -> None:
    rng = np.random.default_rng(2)
    effects, scale = 1.3 * rng.standard_normal((50, 400)), np.ones(50)
    for _ in range(20):
        scale = scale_draw(effects, scale, 2.0, rng)
    assert scale.mean() == pytest.approx(1.3, rel=0.05)


def test_coefficients_are_drawn_from_their_normal_posterior() -> None:
    rng = np.random.default_rng(3)
    regressor = rng.standard_normal((2000, 5))
    observed = 1.5 * regressor + 0.5 * rng.standard_normal((2000, 5))
    drawn = coefficient_draw(regressor, observed, np.full((2000, 5), 4.0), 2.0, rng)
    assert drawn.mean() == pytest.approx(1.5, abs=0.1)
    assert coefficient_draw(0 * regressor, observed, np.ones((2000, 5)), 2.0, rng).std() == pytest.approx(2, rel=0.1)
