"""One iteration of the Gibbs sampler, and each of its parts, leaves the joint law of variables and scores unchanged."""

from collections.abc import Callable

import numpy as np
import pytest

from bayescale.capability.sampling.gibbs import Gibbs, normal_draw
from bayescale.capability.sampling.interweaving import draw_with_fixed_residuals
from bayescale.capability.sampling.moves import move_along_invariances, scale_families
from bayescale.capability.state import State
from tests.capability.sampling.prior_state import from_prior, normal_scores, small_scores

CHAINS = 2000
MOST_SIGMAS = 4.5  # of the largest of some 150 deviations

Transition = Callable[[Gibbs, State, np.random.Generator], None]

TRANSITIONS: dict[str, Transition] = {
    "iteration": lambda gibbs, state, rng: gibbs.draw(state, rng),
    "fixed residuals": draw_with_fixed_residuals,
    "families": scale_families,
    "invariances": move_along_invariances,
}


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("dimensions", [1, 2])
def test_draws_from_the_prior_stay_draws_from_the_prior(name: str, dimensions: int) -> None:
    rng = np.random.default_rng(3)
    gibbs = Gibbs(small_scores(), dimensions)
    state = from_prior(gibbs, CHAINS, rng)
    for _ in range(2):
        TRANSITIONS[name](gibbs, state, rng)
    for variable, values in normal_scores(gibbs, state).items():
        for moment, expected, spread in ((values, 0, 1), (values**2, 1, np.sqrt(2))):
            deviation = (moment.mean(axis=0) - expected) / (spread / np.sqrt(CHAINS))
            assert np.abs(deviation).max() < MOST_SIGMAS, f"{variable}: {deviation.round(1)}"


def test_normal_draws_have_mean_and_covariance() -> None:
    rng = np.random.default_rng(1)
    precision = np.array([[2.0, 0.5], [0.5, 1.0]])
    draws = normal_draw(np.broadcast_to(precision, (40_000, 2, 2)), np.broadcast_to([1.0, 2.0], (40_000, 2)), rng)
    assert draws.mean(axis=0) == pytest.approx(np.linalg.solve(precision, [1.0, 2.0]), abs=0.03)
    assert np.cov(draws.T) == pytest.approx(np.linalg.inv(precision), abs=0.03)
