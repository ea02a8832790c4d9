"""Draws with fixed residuals move latent logits with the predictors."""

import numpy as np
import pytest

from bayescale.capability.sampling.gibbs import Gibbs
from bayescale.capability.sampling.interweaving import draw_with_fixed_residuals
from tests.capability.sampling.prior_state import from_prior, small_scores


def test_latent_logits_of_blank_scores_keep_their_residuals() -> None:
    rng = np.random.default_rng(2)
    gibbs = Gibbs(small_scores(), 2)
    state = from_prior(gibbs, 20, rng)
    before = (state.latent - gibbs.predictor(state)) / state.residual_scale[:, None]
    latent = state.latent.copy()
    draw_with_fixed_residuals(gibbs, state, rng)
    after = (state.latent - gibbs.predictor(state)) / state.residual_scale[:, None]
    assert after[:, 2, 1] == pytest.approx(before[:, 2, 1])
    assert np.abs(state.latent - latent).max() > 0.01
