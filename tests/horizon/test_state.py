"""Chains start apart, with a value for every variable."""

import numpy as np

from bayescale.data.trials import read_trials
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.state import initial_state
from tests.horizon.simulation import agent_trials


def test_chains_start_apart() -> None:
    cells, _ = cells_from_trials(read_trials(agent_trials()), "model", None)
    state = initial_state(cells, 4, np.random.default_rng(1))
    assert state.location.shape == (4, 5)
    assert state.predictor.shape == (4, 120)
    assert (state.location.std(axis=0) > 0.2).all()
    assert (state.task_scale > 0).all()
