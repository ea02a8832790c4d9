"""The sampler's coordinates and its C callback: the gradient is the density's, and points are what they say."""

import ctypes
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.data.runs import read_runs
from bayescale.scaling.model.design import Design, Spec, make_design
from bayescale.scaling.model.pymc_model import build, default_centring, pack
from bayescale.scaling.sampling.compilation import Density, interpolation, nutpie_model
from bayescale.scaling.sampling.preconditioner import Frame, find_frame
from bayescale.scaling.sampling.reparametrization import coefficients, lift
from bayescale.scaling.sampling.sampler import density_of
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    design: Design
    density: Density
    frame: Frame

    def callback(self, coordinate: Array) -> tuple[int, float, Array]:
        """What nutpie gets: return code, log density and gradient."""
        model = nutpie_model(self.density, self.frame.data, self.frame.coordinates, lambda seed: coordinate)
        gradient, value = np.zeros(self.density.size), np.zeros(1)
        at = np.ascontiguousarray(coordinate)
        pointers = [part.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for part in (at, gradient, value)]
        code = model.compiled_logp_func.ctypes(self.density.size, *pointers, model.user_data.ctypes.data)
        return int(code), float(value[0]), gradient


@pytest.fixture(scope="module", params=[False, True], ids=["law alone", "with discrepancy"])
def prepared(request: pytest.FixtureRequest) -> Prepared:
    name = "joint" if request.param else "chinchilla"
    design = make_design(read_runs(simulated_runs()), Spec(law(name), discrepancy=request.param))
    density = density_of(design)
    return Prepared(design, density, find_frame(design, density))


def test_the_callback_s_gradient_is_that_of_its_density(prepared: Prepared) -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        at = 0.7 * rng.standard_normal(prepared.density.size)
        code, _, gradient = prepared.callback(at)
        steps = 1e-5 * np.eye(len(at))
        measured = [(prepared.callback(at + s)[1] - prepared.callback(at - s)[1]) / 2e-5 for s in steps]
        assert code == 0
        assert gradient == pytest.approx(measured, rel=1e-4, abs=1e-4)


def test_callback_and_numpy_agree_on_points_and_their_volume(prepared: Prepared) -> None:
    """The callback's density is that of the point plus the log volume that the coordinates stretch by there."""
    at = 0.5 * np.random.default_rng(1).standard_normal(prepared.density.size)
    coordinates = prepared.frame.coordinates
    steps = 1e-6 * np.eye(len(at))
    jacobian = np.array([(coordinates.points(at + s) - coordinates.points(at - s)) / 2e-6 for s in steps])
    volume = np.linalg.slogdet(jacobian)[1]
    if coordinates.scale >= 0:  # constant, and left out by the callback
        volume -= np.log(coordinates.matrices[0, coordinates.scale, coordinates.scale])
    there = prepared.density(coordinates.points(at), prepared.frame.data)[0]
    assert prepared.callback(at)[1] == pytest.approx(there + volume, abs=1e-3)


def test_coordinates_are_nearly_round_at_their_origin(prepared: Prepared) -> None:
    """Minus the Hessian there is close to the identity: the point of it all."""
    size, step = prepared.density.size, 1e-3
    origin = np.zeros(size)
    hessian = np.array(
        [
            (prepared.callback(origin - s)[2] - prepared.callback(origin + s)[2]) / (2 * step)
            for s in step * np.eye(size)
        ]
    )
    keep = np.arange(size) != prepared.frame.coordinates.scale
    values = np.linalg.eigvalsh((hessian + hessian.T)[np.ix_(keep, keep)] / 2)
    assert values.min() > 0.05
    assert values.max() < 4.0


def test_a_step_that_cannot_be_evaluated_is_rejected(prepared: Prepared) -> None:
    far = np.full(prepared.density.size, 1e4)
    assert prepared.callback(far)[0] == 3


def test_centring_moves_coordinates_and_not_the_posterior() -> None:
    """The same point in other coordinates has the same density, up to the volume of the move."""
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    density = density_of(design)
    plain = default_centring(design)
    frame = find_frame(design, density)
    point = frame.coordinates.points(np.zeros((1, 1, density.size)))
    values = density.unpack(point)
    lifted = lift(design, values, frame.centring)
    coefficient = coefficients(design, lifted, frame.centring)
    scale = np.exp(values["log_discrepancy"])[..., None]
    same = {**values, "weight": coefficient / scale}
    mean, spread = _population(design, values)
    same["member"] = plain.members * mean + (lifted["member"] - mean) / spread ** (1 - plain.members)
    moved = np.concatenate([np.ravel(same[name]) for name in density.blocks])
    volume = np.sum((frame.centring.members - plain.members) * np.log(spread[0, 0]))
    volume += np.sum((frame.centring.weights - plain.weights) * np.log(scale[0, 0]))
    there = density(point[0, 0], frame.data)[0]
    assert density(moved, pack(design, plain))[0] - volume == pytest.approx(there, abs=1e-6)


def _population(design: Design, values: dict[str, Array]) -> tuple[Array, Array]:
    rows = [design.layout.pooled.index(name) for name in design.layout.members]
    return values["population"][..., rows, None], np.exp(values["log_spread"][..., rows, None])


def test_interpolation_is_exact_at_nodes_and_for_straight_lines() -> None:
    nodes = np.array([-6.0, -5.5, -5.0, -4.5, -4.0])
    assert interpolation(nodes, nodes) == pytest.approx(np.eye(5))
    inside = np.linspace(-5.5, -4.5, 21)
    assert interpolation(nodes, inside) @ nodes == pytest.approx(inside)
    beyond = interpolation(nodes, np.array([-9.0, 3.0]))
    assert beyond == pytest.approx(np.eye(5)[[0, 4]])


def test_the_model_s_variables_have_the_names_they_are_documented_by() -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    model = build(design, default_centring(design))
    names = {variable.name for variable in model.free_RVs}
    assert names == {"population", "log_spread", "member", "level", "noise", "log_discrepancy", "weight"}
    alone = make_design(
        read_runs(simulated_runs({"a": {"E": 1.7, "A": 4e2, "alpha": 0.34, "B": 4e2, "beta": 0.3}})), Spec(law("joint"))
    )
    names = {variable.name for variable in build(alone, default_centring(alone)).free_RVs}
    assert names == {"population", "free", "level", "noise", "log_discrepancy", "weight"}  # q is shared


def test_priors_are_data_and_share_compiled_code() -> None:
    from dataclasses import replace

    from bayescale.scaling_laws.prior import lognormal

    runs = read_runs(simulated_runs())
    tight = replace(law("joint"), priors={"alpha": lognormal(0.3, 0.05)})
    one, other = make_design(runs, Spec(law("joint"))), make_design(runs, Spec(tight))
    assert one.layout.key() == other.layout.key()
    assert density_of(one) is density_of(other)
    data = pack(other, default_centring(other))
    assert not np.array_equal(data["constants"], pack(one, default_centring(one))["constants"])
