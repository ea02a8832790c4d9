"""Test the C callback: gradient against finite differences, volume of the coordinates, rejected steps."""

import ctypes
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.data.reading import read_runs
from bayescale.errors import BayescaleError
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling import callback, nuts
from bayescale.scaling.sampling.compilation import Density, density_of, nutpie_model
from bayescale.scaling.sampling.preconditioner import Preconditioner, laplace_preconditioner
from bayescale.scaling.sampling.progress import watch
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    design: Design
    density: Density
    preconditioner: Preconditioner

    def evaluate(self, coordinate: Array) -> tuple[int, float, Array]:
        """Call the callback as nutpie does: return code, log density and gradient."""
        model = nutpie_model(
            self.density, self.preconditioner.data, self.preconditioner.coordinates, lambda seed: coordinate
        )
        gradient, value = np.zeros(self.density.size), np.zeros(1)
        at = np.ascontiguousarray(coordinate)
        pointers = [part.ctypes.data for part in (at, gradient, value)]
        form = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, *(ctypes.c_void_p,) * 4)
        code = form(model.compiled_logp_func.address)(self.density.size, *pointers, model.user_data.ctypes.data)
        return int(code), float(value[0]), gradient


@pytest.fixture(scope="module", params=[False, True], ids=["law alone", "with discrepancy"])
def prepared(request: pytest.FixtureRequest) -> Prepared:
    name = "joint" if request.param else "chinchilla"
    design = make_design(read_runs(simulated_runs()), Spec(law(name), discrepancy=request.param))
    density = density_of(design)
    return Prepared(design, density, laplace_preconditioner(design, density))


def test_gradient_of_the_callback_is_that_of_its_density(prepared: Prepared) -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        at = 0.7 * rng.standard_normal(prepared.density.size)
        code, _, gradient = prepared.evaluate(at)
        steps = 1e-5 * np.eye(len(at))
        measured = [(prepared.evaluate(at + s)[1] - prepared.evaluate(at - s)[1]) / 2e-5 for s in steps]
        assert code == 0
        assert gradient == pytest.approx(measured, rel=1e-4, abs=1e-4)


def test_callback_adds_the_log_volume_of_the_coordinates(prepared: Prepared) -> None:
    """The callback's density is that of the point plus the log volume that the coordinates stretch by there."""
    at = 0.5 * np.random.default_rng(1).standard_normal(prepared.density.size)
    coordinates = prepared.preconditioner.coordinates
    steps = 1e-6 * np.eye(len(at))
    jacobian = np.array([(coordinates.points(at + s) - coordinates.points(at - s)) / 2e-6 for s in steps])
    volume = np.linalg.slogdet(jacobian)[1]
    if coordinates.scale >= 0:  # constant, and left out by the callback
        volume -= np.log(coordinates.matrices[0, coordinates.scale, coordinates.scale])
    there = prepared.density(coordinates.points(at), prepared.preconditioner.data)[0]
    assert prepared.evaluate(at)[1] == pytest.approx(there + volume, abs=1e-3)


def test_steps_without_a_finite_density_are_rejected(prepared: Prepared) -> None:
    far = np.full(prepared.density.size, 1e4)
    assert prepared.evaluate(far)[0] == 3


def test_expanded_draws_are_the_coordinates() -> None:
    coordinate, out = np.array([0.3, -1.2, 4.0]), np.zeros(3)
    form = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, *(ctypes.c_void_p,) * 3)
    assert form(callback.expand().address)(3, 3, coordinate.ctypes.data, out.ctypes.data, None) == 0
    np.testing.assert_array_equal(out, coordinate)


def test_a_density_without_memory_ends_sampling(prepared: Prepared) -> None:
    """No machine has memory for the vectors of 2^55 families: the density says so before it reads a row."""
    density, preconditioner = prepared.density, prepared.preconditioner
    data = {**preconditioner.data, "constants": preconditioner.data["constants"].copy()}
    data["constants"][0] = 2.0**55
    with pytest.raises(BayescaleError, match="not enough memory to evaluate the log density; fit fewer rows"):
        density(np.zeros(density.size), data)
    without = Prepared(prepared.design, density, replace(preconditioner, data=data))
    assert without.evaluate(np.zeros(density.size))[0] == callback.OUT_OF_MEMORY
    with mock.patch.object(nuts, "is_finite_at", return_value=True), pytest.raises(BayescaleError, match="memory"):
        nuts.run_chains(density, without.preconditioner, Sampler(), "diag", 1, watch(False), "")
    assert prepared.evaluate(np.zeros(density.size))[0] == 0
