"""Starting values, the regressor of curvature, and shares above chance."""

import numpy as np
import pytest

from bayescale.capability.state import above_chance, curve, initial_state, mean_slope
from tests.capability.sampling.prior_state import small_scores


def test_the_curve_bends_from_a_slope_of_minus_one_to_one() -> None:
    assert curve(np.array([0.0])) == 0
    ends = curve(np.array([-1000.0, -999.0, 999.0, 1000.0]))
    assert np.diff(ends)[[0, 2]] == pytest.approx([-1, 1], abs=1e-3)


def test_only_the_first_dimension_rises_on_average() -> None:
    assert mean_slope(3).tolist() == [1, 0, 0]


def test_shares_above_chance_stay_between_0_and_1() -> None:
    scores = small_scores()
    scores.score[0] = 0.1, 0.0, 1.0  # below chance, nothing, everything
    share = above_chance(scores)
    assert ((share > 0) & (share < 1)).all()
    assert share[1, 0] == pytest.approx((0.5 - 0.25) / 0.75)
    assert share[2, 1] == 0.5  # blank


def test_chains_start_apart() -> None:
    state = initial_state(small_scores(), 2, 4, np.random.default_rng(1))
    assert state.capability.shape == (4, 7, 2)
    assert np.ptp(state.coefficient, axis=0).min() > 0
