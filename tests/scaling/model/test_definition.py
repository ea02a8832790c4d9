"""The definition of the model, evaluated with NumPy: variables by layout, and the density that is compiled from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bayescale.calibration.simulated_design import design_of
from bayescale.scaling.kernel.recorded_model import record_density
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.definition import define
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import LEADING_COLUMNS, constant_shapes, pack_data
from bayescale.scaling.model.run_rows import RunRows
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling.single_law import make_spec

type Array = NDArray[np.float64]


@dataclass
class NumPyGraph:
    """Variables are arrays with given values; the log density is a sum of numbers."""

    design: Design
    values: Mapping[str, Array]
    data: Mapping[str, Array]
    terms: dict[str, float] = field(default_factory=dict)
    xp = np

    def constant(self, name: str) -> Array:
        layout, start = self.design.layout, 0
        lengths = {"family": layout.n_families, "basis": layout.n_basis}
        for each, dims in constant_shapes(layout).items():
            shape = [lengths[dim] if isinstance(dim, str) else dim for dim in dims]
            part = self.data["constants"][start : start + int(np.prod(shape))].reshape(shape)
            if each == name:
                return part
            start += part.size
        raise KeyError(name)

    def normals(self, name: str, priors: Sequence[tuple[Any, Any]]) -> Array:
        values = self.values[name]
        assert len(values) == len(priors)
        self.terms[name] = sum(
            np.sum(stats.norm.logpdf(value, *prior)) for value, prior in zip(values, priors, strict=True)
        )
        return values

    family_normals = normals

    def normal(self, name: str, prior: tuple[Any, Any]) -> Array:
        self.terms[name] = np.sum(stats.norm.logpdf(self.values[name], *prior))
        return self.values[name]

    weights = normal

    def family_flat(self, name: str) -> Array:
        self.terms[name] = 0.0
        return self.values[name]

    def add(self, name: str, term: Any) -> None:
        self.terms[name] = float(np.sum(term))

    def input(self, position: int) -> Array:
        return self.data["rows"][:, LEADING_COLUMNS + position]

    @property
    def response(self) -> Array:
        return self.data["rows"][:, 0]

    def by_row(self, values: Any) -> Any:
        return values[self.design.family] if np.ndim(values) else values

    def functions_times(self, weights: Array) -> Array:
        start = LEADING_COLUMNS + len(self.design.layout.law.inputs)
        return self.data["rows"][:, start : start + self.design.layout.n_basis] @ weights

    def projected(self, values: Array) -> Array:
        start = LEADING_COLUMNS + len(self.design.layout.law.inputs) + self.design.layout.n_basis
        return values @ self.data["rows"][:, start:]

    @property
    def run_rows(self) -> RunRows:
        return RunRows(self.design.run, self.data["rows"][:, 3], len(self.design.runs))


def simulated(law: str = "joint", families: int = 3, discrepancy: bool = True, **settings: Any) -> Design:
    spec = make_spec(law, "family", discrepancy, settings.get("noise"), settings.get("pooling"), None)
    return design_of(spec, None, families, 8)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"families": 1},
    {"discrepancy": False, "noise": "constant"},
    {"pooling": {"alpha": "free", "E": "shared"}},
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
