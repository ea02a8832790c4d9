"""The transitions of the Gibbs sampler leave the posterior invariant."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.data.trials import read_trials
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.gibbs import Gibbs
from bayescale.horizon.priors import PRIORS
from bayescale.horizon.state import initial_state
from tests.horizon.simulation import agent_trials


@pytest.mark.slow
def test_draws_of_parameters_and_data_in_turn_keep_the_prior() -> None:
    """Geweke (2004): drawing data given parameters and parameters given data in turn has the prior as its marginal."""
    table = agent_trials(families=4, per_family=2, attempts=3)
    cells, _ = cells_from_trials(read_trials(table), "model", None)
    rng, chains = np.random.default_rng(3), 100
    state = initial_state(cells, chains, rng)
    seen: dict[str, list[np.ndarray]] = {"location": [], "cell_scale": [], "task_scale": [], "slope_mean": []}
    for iteration in range(1500):
        successes = rng.binomial(cells.attempts, 1 / (1 + np.exp(-state.predictor)))
        Gibbs(replace(cells, successes=successes)).draw(state, rng)
        if iteration >= 300:
            for name, values in seen.items():
                values.append(getattr(state, name).ravel().copy())
    location = np.concatenate(seen["location"])
    assert location.mean() == pytest.approx(0, abs=0.5)
    assert location.std() == pytest.approx(PRIORS.location_scale, rel=0.06)
    half_normal = PRIORS.effect_scale * np.sqrt(2 / np.pi)
    assert np.concatenate(seen["cell_scale"]).mean() == pytest.approx(half_normal, rel=0.08)
    assert np.concatenate(seen["task_scale"]).mean() == pytest.approx(half_normal, rel=0.08)
    assert np.concatenate(seen["slope_mean"]).mean() == pytest.approx(PRIORS.slope_location, abs=0.1)


def test_a_transition_keeps_chains_apart_and_finite() -> None:
    cells, _ = cells_from_trials(read_trials(agent_trials(families=3)), "model", None)
    rng = np.random.default_rng(1)
    state, gibbs = initial_state(cells, 3, rng), Gibbs(cells)
    for _ in range(5):
        gibbs.draw(state, rng)
    for name, values in vars(state).items():
        assert np.isfinite(values).all(), name
        assert len(np.unique(values)) == values.size, name
