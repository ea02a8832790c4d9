"""How far medians moved, in standard deviations of the first."""

import numpy as np
import pytest

from bayescale.maintenance.moved import moved_by


def test_a_shift_is_counted_in_standard_deviations() -> None:
    draws = np.random.default_rng(1).normal(5.0, 2.0, (4, 1000))
    moved = moved_by(draws, draws + 3.0)
    assert moved["moved"] == pytest.approx(1.5, rel=0.05)
    assert 0 < moved["error"] < 0.1
    assert moved["after"] - moved["before"] == pytest.approx(3.0)
