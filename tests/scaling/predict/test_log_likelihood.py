"""Densities over draws are those of the compiled model: differences of the whole density isolate its parts."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_t

from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import constants, pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import design_from_tree
from bayescale.scaling.predict import log_likelihood as module
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.predict.log_likelihood import (
    cumulative,
    log_likelihood,
    log_prior,
    noise_precision_times,
    standard_residuals,
)
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs


def curves() -> Design:
    """Runs of several checkpoints each."""
    table = simulated_runs(n=8).assign(run=["x", "x", "x", "y", "z", "z", "z", "z"] * 2, step=range(16))
    table["n_params"] = table.groupby(["family", "run"])["n_params"].transform("first")  # a run has one size
    return make_design(read_runs(table), Spec(law("chinchilla"), discrepancy=False))


def repeats() -> Design:
    """Runs evaluated several times each, at the same inputs: they have no course."""
    table = simulated_runs(n=8).assign(run=[f"r{i}" for i in range(8)] * 2)
    twice = table.iloc[[*range(16)] * 2]
    twice = twice.assign(loss=twice["loss"] * np.repeat([1.0, 1.01], 16))
    return make_design(read_runs(twice), Spec(law("chinchilla"), discrepancy=False))


@pytest.fixture(params=["plain_fit", "joint_fit", "curves"])
def compiled(request: pytest.FixtureRequest) -> Any:
    """A design, its compiled density, a few points near its posterior, and the values they stand for."""
    design = curves() if request.param == "curves" else design_from_tree(request.getfixturevalue(request.param).tree)
    density = density_of(design)
    centring = default_centring(design)
    data = pack_data(design, centring)
    rng = np.random.default_rng(5)
    points = starting_point(design, density) + 0.05 * rng.standard_normal((1, 6, density.size))
    values = inverse(design, density.unpack(points), centring)
    return design, density, data, points, values


def total(density: Any, points: Any, data: Any) -> Any:
    return np.array([density(point, data)[0] for point in points[0]])


def test_log_likelihood_is_that_of_the_compiled_model(compiled: Any) -> None:
    design, density, data, points, values = compiled
    moved = design.scaled_response + 0.03 * np.sin(np.arange(len(design.row)))
    other = dataclasses.replace(design, scaled_response=moved)
    swapped = data | {"rows": np.ascontiguousarray(np.column_stack([moved, data["rows"][:, 1:]]))}
    expected = total(density, points, swapped) - total(density, points, data)
    numpy = [log_likelihood(from_draws(each, values)[0]).sum(axis=-1)[0] for each in (design, other)]
    np.testing.assert_allclose(numpy[1] - numpy[0], expected, rtol=1e-9, atol=1e-7)


def test_log_prior_is_that_of_the_compiled_model(compiled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    design, density, data, points, values = compiled
    original = constants
    blocks = ("population", "spread", "free", "noise", "discrepancy")

    def moved(design: Design, centring: Any) -> Any:
        return {name: part * 1.1 if name in blocks else part for name, part in original(design, centring).items()}

    centring = default_centring(design)
    flat = np.concatenate([part.ravel() for part in moved(design, centring).values()])
    expected = total(density, points, data | {"constants": flat}) - total(density, points, data)
    coordinates = from_draws(design, values)[1]
    before = np.sum(list(log_prior(design, values, coordinates).values()), axis=0)
    monkeypatch.setattr(module, "constants", moved)
    after = np.sum(list(log_prior(design, values, coordinates).values()), axis=0)
    np.testing.assert_allclose((after - before)[0], expected, rtol=1e-9, atol=1e-7)


def covariance(functions: Functions, at: tuple[int, int]) -> Any:
    """Of the noise of all rows at a draw, written out."""
    design, scale = functions.design, np.sqrt(functions.at_data()[1][at])
    place = np.cumsum(np.where(np.isfinite(design.step), design.step, 1e6))
    length = functions.noise["noise_length"][at] if "noise_length" in functions.noise else 1.0
    alike = np.exp(-np.abs(place[:, None] - place) / length)
    whole = alike * np.outer(scale, scale) + functions.noise["noise_run"][at] ** 2
    return np.where(design.run[:, None] == design.run, whole, 0.0)


def test_rows_of_one_run_are_a_multivariate_t(made_up: MadeUp) -> None:
    design = curves()
    functions, _ = from_draws(design, made_up(design).values)
    density, residual = log_likelihood(functions), functions.at_data()[0]
    for at in ((0, 0), (1, 7)):
        for run in range(len(design.runs)):
            rows = design.run == run
            shape = covariance(functions, at)[np.ix_(rows, rows)]
            expected = multivariate_t(shape=shape, df=functions.noise["noise_df"][at]).logpdf(residual[at][rows])
            assert density[(*at, run)] == pytest.approx(expected, rel=1e-9)


def points() -> Design:
    return make_design(read_runs(simulated_runs()), Spec(law("chinchilla")))


@pytest.mark.parametrize("make", [curves, repeats, points])
def test_features_are_multiplied_by_the_precision_of_the_noise(made_up: MadeUp, make: Callable[[], Design]) -> None:
    design = make()
    values = {name: value[:1, :1] for name, value in made_up(design).values.items()}
    functions, _ = from_draws(design, values)
    features = np.random.default_rng(3).standard_normal((len(design.row), 4))
    whole = covariance(functions, (0, 0)) if design.layout.run_noise else np.diag(functions.at_data()[1][0, 0])
    np.testing.assert_allclose(noise_precision_times(functions, features), np.linalg.solve(whole, features), rtol=1e-7)


def test_probabilities_of_residuals(made_up: MadeUp) -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("chinchilla")))
    functions, _ = from_draws(design, made_up(design).values)
    below = cumulative(standard_residuals(functions)[1], functions)
    assert ((below > 0) & (below < 1)).all()
    np.testing.assert_allclose(cumulative(np.zeros((2, 30, 1)), functions), 0.5)
