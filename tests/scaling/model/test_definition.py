"""The definition of the model, evaluated with NumPy: variables by layout, and the density that is compiled from it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bayescale.calibration.simulated_design import design_of
from bayescale.scaling.kernel.recorded_model import record_density
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.definition import define
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling.single_law import make_spec
from tests.scaling.model.numpy_graph import NumPyGraph


def simulated(law: str = "joint", families: int = 3, discrepancy: bool = True, **settings: Any) -> Design:
    spec = make_spec(law, "family", discrepancy, settings.get("noise"), settings.get("pooling"), None)
    return design_of(spec, None, families, 8)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"families": 1},
    {"discrepancy": False, "noise": "constant"},
    {"pooling": {"alpha": "free", "E": "shared"}},
    {"pooling": {"noise": "partial"}},
    {"law": "m4"},
    {"law": "downstream_error"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_compiled_density_is_that_of_the_definition(settings: dict[str, Any]) -> None:
    design = simulated(**settings)
    rng, centring = np.random.default_rng(1), default_centring(design)
    centring = replace(
        centring,
        members=rng.uniform(0, 1, centring.members.shape),
        weights=rng.uniform(0, 1, centring.weights.shape),
        projector=0.1 * rng.standard_normal(centring.projector.shape),
    )
    density, data = density_of(design), pack_data(design, centring)
    point = starting_point(design, density) + 0.1 * rng.standard_normal(density.size)
    graph = NumPyGraph(design, density.unpack(point), data)
    define(design.layout, graph)
    assert sum(graph.terms.values()) == pytest.approx(density(point, data)[0], rel=1e-11)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_variable_has_a_prior_or_is_the_level(settings: dict[str, Any]) -> None:
    design = simulated(**settings)
    _, variables = record_density(design.layout)
    density = density_of(design)
    graph = NumPyGraph(design, density.unpack(np.zeros(density.size)), pack_data(design, default_centring(design)))
    with np.errstate(all="ignore"):
        define(design.layout, graph)
    names = [variable.name for variable in variables]
    assert [name for name in graph.terms if name in names] == names
    assert ("anchor_prior" in graph.terms) is ("level" in names)
    assert "log_likelihood" in graph.terms


def test_what_variables_a_model_has() -> None:
    shapes = {variable.name: variable.shape for variable in record_density(simulated().layout)[1]}
    layout = simulated().layout
    assert shapes["population"] == (len(layout.population),)
    assert shapes["member"] == (len(layout.members), 3)
    assert shapes["level"] == (3,)
    assert shapes["weight"] == (layout.n_basis,)
    assert "weight" not in {variable.name for variable in record_density(simulated(discrepancy=False).layout)[1]}
