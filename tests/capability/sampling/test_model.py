"""The likelihood and the means of the model."""

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm

from bayescale.capability.sampling.gibbs import Gibbs
from bayescale.capability.sampling.model import Model
from bayescale.capability.state import curve, initial_state
from tests.capability.sampling.prior_state import small_scores


def test_scores_are_normal_around_the_share_above_chance() -> None:
    scores = small_scores()
    scores.score[0] = 0.4, 0.4, 0.4
    latent = np.broadcast_to(logit(0.4), (1, 7, 3))
    found = Model(scores, 1).log_likelihood(latent)
    mean = np.array([0.25 + 0.75 * 0.4, 0.4, 0.4])
    expected = norm(mean, np.sqrt(scores.variance[0])).logpdf(0.4) - norm(0, np.sqrt(scores.variance[0])).logpdf(0)
    assert found[0, 0] == pytest.approx(expected)
    assert found[0, 2, 1] == 0  # blank


def test_the_predictor_adds_level_capability_curvature_and_offset() -> None:
    scores = small_scores()
    gibbs, state = Gibbs(scores, 2), initial_state(scores, 2, 3, np.random.default_rng(1))
    coefficient = state.coefficient[1, 2]
    expected = coefficient[0] + coefficient[1:3] @ state.capability[1, 4]
    expected += coefficient[3] * curve(state.compute[1, 4]) + state.offset[1, 1, 2]
    assert gibbs.predictor(state)[1, 4, 2] == pytest.approx(expected)
    line = state.efficiency[1, 1] + state.slope[1, 1] * state.compute[1, 4]
    assert gibbs.lines(state)[1, 4] == pytest.approx(line)
    assert gibbs.by_family(np.ones((1, 7)))[0].tolist() == [3, 2, 2]
