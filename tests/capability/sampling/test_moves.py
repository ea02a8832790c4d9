"""Moves along invariances change no predictor."""

import numpy as np
import pytest

from bayescale.capability.sampling.gibbs import Gibbs
from bayescale.capability.sampling.moves import move_along_invariances, scale_families
from tests.capability.sampling.prior_state import from_prior, small_scores


@pytest.mark.parametrize("dimensions", [1, 3])
def test_predictors_stay_and_loadings_move(dimensions: int) -> None:
    rng = np.random.default_rng(2)
    gibbs = Gibbs(small_scores(), dimensions)
    state = from_prior(gibbs, 20, rng)
    before, loadings = gibbs.predictor(state), state.coefficient.copy()
    move_along_invariances(gibbs, state, rng)
    assert gibbs.predictor(state) == pytest.approx(before, abs=1e-9)
    assert np.abs(state.coefficient - loadings).max() > 0.01


def test_families_are_scaled_with_their_scale() -> None:
    rng = np.random.default_rng(2)
    gibbs = Gibbs(small_scores(), 2)
    state = from_prior(gibbs, 20, rng)
    before = state.efficiency / state.efficiency_scale[:, None]
    scale_families(gibbs, state, rng)
    assert state.efficiency / state.efficiency_scale[:, None] == pytest.approx(before)
