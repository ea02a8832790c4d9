"""Laws in optimizer steps and batch size: their limits and the implicit equation."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, sampled_inputs


def test_kaplan_steps_tends_to_the_size_term() -> None:
    predicted = law("kaplan_steps").predict({"n_params": 3e8, "steps": np.array([2.1e3, 1e300])}, first("kaplan_steps"))
    size = (6.5e13 / 3e8) ** 0.077
    assert predicted == pytest.approx([size + 1, size])


def test_batch_trajectory_solves_its_implicit_equation() -> None:
    entry, rng = law("batch_trajectory"), np.random.default_rng(1)
    inputs = sampled_inputs(entry, 400, rng)
    p = {"M_0": 2.4, "alpha_N": 0.076, "T_0": 0.3, "alpha_S": 0.7, "B_3": 1e6, "alpha_B": 0.21}
    loss = entry.predict(inputs, p)
    critical = 1e6 * (loss / 3) ** (-1 / 0.21)
    least_steps = inputs["steps"] / (1 + critical / inputs["batch_size"])
    again = 2.4 * (inputs["n_params"] / 1e9) ** -0.076 + 0.3 * (least_steps / 1e4) ** -0.7
    assert loss == pytest.approx(again, rel=1e-9)
    ample = entry.predict({"n_params": 1e9, "steps": 1e4, "batch_size": 1e20}, p)
    assert ample == pytest.approx(2.7)
