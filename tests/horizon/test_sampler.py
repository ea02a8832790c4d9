"""The sampler takes draws until the gate passes, and the same ones for a seed."""

import numpy as np

from bayescale.data.trials import read_trials
from bayescale.horizon.cells import cells_from_trials
from bayescale.horizon.sampler import CHAINS, MOST_TIMES, REPORTED, gate_failures, sample
from tests.horizon.simulation import agent_trials


def test_few_draws_are_extended_and_repeat_for_a_seed() -> None:
    cells, _ = cells_from_trials(read_trials(agent_trials(families=2)), "model", None)
    first, second = (sample(cells, 10, 3).variables for _ in range(2))
    assert first["log_slope"][1].shape == (CHAINS, 10 * MOST_TIMES, 5)
    assert first["task_effect"][0] == ("chain", "draw", "task")
    for name in first:
        assert np.array_equal(first[name][1], second[name][1])


def test_the_gate_names_what_fails() -> None:
    rng = np.random.default_rng(1)
    variables = {name: (("chain", "draw"), rng.standard_normal((4, 500))) for name in REPORTED}
    assert gate_failures(variables) == []
    variables["task_scale"] = (("chain", "draw"), rng.standard_normal((4, 500)) + np.arange(4)[:, None])
    assert "rhat" in gate_failures(variables)
