"""Test the joint log density over draws against the compiled model, and draws as points."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.log_density import from_points, log_joint, to_points
from bayescale.scaling.sampling.reparametrization import forward
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs
from tests.scaling.test_posterior_tree import SPECS

type Array = NDArray[np.float64]

LAYOUTS = {
    "law alone": (Spec(law("chinchilla"), discrepancy=False), simulated_runs()),
    "with discrepancy": SPECS["default"],
    "run noise": SPECS["checkpoints"],
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_joint_density_agrees_with_the_compiled_model(made_up: MadeUp, name: str) -> None:
    """Differences between draws agree with the compiled model's, up to the volume of its centring."""
    spec, table = LAYOUTS[name]
    design = make_design(read_runs(table), spec)
    values = {key: value for key, value in made_up(design).values.items() if value.size}
    joint = log_joint(design, values)[0, :8]
    compiled = np.array([_compiled(design, {key: value[0, i] for key, value in values.items()}) for i in range(8)])
    assert np.ptp(joint) > 10
    np.testing.assert_allclose(joint - joint[0], compiled - compiled[0], atol=1e-7)


def _compiled(design: Design, values: Mapping[str, Array]) -> float:
    """The compiled log density at one draw, with respect to family values themselves."""
    density, layout, centring = density_of(design), design.layout, default_centring(design)
    sampled = forward(design, {name: value[None, None] for name, value in values.items()}, centring)
    point, volume = {name: value[0, 0] for name, value in sampled.items()}, 0.0
    if layout.members:
        log_spread = values["log_spread"][layout.member_places, None]
        volume += float(np.sum((1 - centring.members) * log_spread))
    if layout.family_levels:
        volume += float(np.sum(point["level"] - values["level"]))
    return density(density.flatten(point), pack_data(design, centring))[0] - volume


@pytest.mark.parametrize("name", SPECS)
def test_draws_come_back_from_points(made_up: MadeUp, name: str) -> None:
    spec, table = SPECS[name]
    values = made_up(make_design(read_runs(table), spec)).values
    points = to_points(values)
    assert points.shape == (2, 30, sum(value[0, 0].size for value in values.values()))
    back = from_points(points, values)
    assert back.keys() == values.keys()
    for key, value in values.items():
        np.testing.assert_allclose(back[key], value, rtol=1e-12)


def test_coefficients_of_the_discrepancy_are_points_in_units_of_its_scale(made_up: MadeUp) -> None:
    values = made_up(make_design(read_runs(simulated_runs()), Spec(law("joint")))).values
    wider = {**values, "weight": 2 * values["weight"], "log_discrepancy": values["log_discrepancy"] + np.log(2)}
    size = values["weight"].shape[-1]
    np.testing.assert_allclose(to_points(wider)[..., -size:], to_points(values)[..., -size:], rtol=1e-12)
    assert np.std(to_points(values)[..., -size:]) == pytest.approx(1, rel=0.2)  # made up with a scale near .02


def test_points_without_a_finite_density_have_none(made_up: MadeUp) -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("chinchilla"), discrepancy=False))
    values = dict(made_up(design).values)
    values["noise"] = values["noise"].copy()
    values["noise"][0, 0] = np.nan
    log_density = log_joint(design, values)
    assert log_density[0, 0] == -np.inf
    assert np.isfinite(log_density.ravel()[1:]).all()
