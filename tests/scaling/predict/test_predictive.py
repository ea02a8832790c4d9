"""Test the continuation of runs against the conditional distribution of the model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import bayescale as bs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.predict.predictive import continued_run
from tests.conftest import MadeUp

type Array = NDArray[np.float64]

DRAWS = 40_000
NOISE, EFFECT = 0.02, 0.03
STEPS = (1e9, 1.3e9, 2e9, 5e9)


def design_of_one_run() -> Design:
    rng = np.random.default_rng(1)
    loss = 2.5 * (np.array(STEPS) / 1e9) ** -0.1 * np.exp(0.02 * rng.standard_normal(len(STEPS)))
    table = pd.DataFrame({"run": "only", "n_params": 4e8, "n_tokens": STEPS, "loss": loss})
    return make_design(bs.read_runs(table), Spec(bs.law("chinchilla"), discrepancy=False, noise="constant"))


def nearly_normal(design: Design, made_up: MadeUp, length: float) -> Functions:
    """One draw of everything, many times over, with nearly normal noise of known size."""
    made = dict(made_up(design).values)
    values = {name: np.broadcast_to(one[:1, :1], (1, DRAWS, *one.shape[2:])) for name, one in made.items()}
    values["noise"] = np.broadcast_to(np.log([NOISE, 1e7, EFFECT, length]), (1, DRAWS, 4))
    return from_draws(design, values)[0]


def conditional(design: Design, residual: Array, there: float, length: float) -> tuple[float, float]:
    """Mean and standard deviation at a number of tokens given the run's residuals, from the whole covariance."""
    place = np.log([*STEPS, there])
    whole = EFFECT**2 + NOISE**2 * np.exp(-np.abs(place[:, None] - place) / length)
    gain = np.linalg.solve(whole[:-1, :-1], whole[:-1, -1])
    return float(gain @ residual), float(np.sqrt(whole[-1, -1] - gain @ whole[:-1, -1]))


@pytest.mark.parametrize("length", [0.02, 0.3, 3.0])
@pytest.mark.parametrize("there", [5.5e9, 2e10])
def test_continued_run_is_the_conditional_distribution(made_up: MadeUp, length: float, there: float) -> None:
    design = design_of_one_run()
    functions = nearly_normal(design, made_up, length)
    point = np.log([[4e8, there]])
    away, scale = continued_run(functions, (point, np.zeros(1, dtype=np.int64)), 0, seed=5)
    drawn = away + scale * np.random.default_rng(0).standard_normal(scale.shape)
    mean, deviation = conditional(design, functions.at_data()[0][0, 0], there, length)
    # the run's own stretch is drawn too: with df this large it is 1
    assert drawn.mean() == pytest.approx(mean, abs=4 * deviation / np.sqrt(DRAWS) + 1e-4)
    assert drawn.std() == pytest.approx(deviation, rel=0.03)


def test_continued_run_does_not_depend_on_row_order(made_up: MadeUp) -> None:
    design = design_of_one_run()
    table = pd.DataFrame({"run": "only", **design.inputs, "loss": design.natural(design.scaled_response)})
    turned = make_design(bs.read_runs(table.iloc[::-1].reset_index(drop=True)), replace(design.spec))
    np.testing.assert_allclose(turned.step, design.step)
    assert turned.row.tolist() == design.row.tolist()[::-1]
    found = [nearly_normal(one, made_up, 0.3).at_data()[0][0, 0] for one in (design, turned)]
    np.testing.assert_allclose(*found)
