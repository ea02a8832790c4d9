"""The graph that evaluates the model's definition with NumPy and SciPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import LEADING_COLUMNS, constant_shapes
from bayescale.scaling.model.run_rows import RunRows

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

    def flats(self, name: str, count: int) -> Array:
        assert len(self.values[name]) == count
        return self.family_flat(name)

    family_flats = flats

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
