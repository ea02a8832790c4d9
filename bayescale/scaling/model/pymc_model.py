"""The hierarchical model as a PyMC model: the public statement of what is sampled.

The only module that creates random variables. Sampling evaluates the same definition (`scaling/model/definition.py`)
as compiled code (`scaling/kernel/`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from bayescale.scaling.model.centring import Centring
from bayescale.scaling.model.definition import define
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.model_data import LEADING_COLUMNS, constant_shapes, pack_data
from bayescale.scaling.model.run_rows import RunRows

type Array = NDArray[np.float64]
type Prior = tuple[Any, Any]


def build_model(design: Design, centring: Centring) -> pm.Model:
    """Build the PyMC model of a design.

    Parameters
    ----------
    design : Design
        Layout, data and priors.
    centring : Centring
        Degree of centring of families and discrepancy.

    Returns
    -------
    pymc.Model
        The model, with the variables of `define` and the data `rows` and `constants` (`pack_data`).
    """
    layout, packed = design.layout, pack_data(design, centring)
    coords = {
        "family": range(layout.n_families),
        "population_parameter": layout.population,
        "pooled_parameter": layout.pooled,
        "member_parameter": layout.members,
        "free_parameter": layout.sampled_free,
        "noise_parameter": layout.noise_names,
        "basis": range(layout.n_basis),
    }
    with pm.Model(coords={dim: list(labels) for dim, labels in coords.items()}) as model:
        rows, flat = pm.Data("rows", packed["rows"]), pm.Data("constants", packed["constants"])
        define(layout, _PyMCGraph(layout, rows, flat))
    return model


@dataclass(frozen=True)
class _PyMCGraph:
    """What variables, data and arithmetic are in the PyMC model of the context."""

    layout: Layout
    rows: Any
    constants: Any
    xp = pt

    def constant(self, name: str) -> Any:
        """Return one of the data other than rows."""
        lengths = {"family": self.layout.n_families, "basis": self.layout.n_basis}
        start = 0
        for each, dims in constant_shapes(self.layout).items():
            shape = tuple(lengths[dim] if isinstance(dim, str) else dim for dim in dims)
            end = start + int(np.prod(shape))
            if each == name:
                return self.constants[start:end].reshape(shape)
            start = end
        raise KeyError(name)

    def normals(self, name: str, priors: Sequence[Prior]) -> Any:
        """Return independent numbers as one vector."""
        means, spreads = (pt.stack(part) for part in zip(*priors, strict=True))
        return pm.Normal(name, means, spreads, shape=len(priors))

    def family_normals(self, name: str, priors: Sequence[Prior]) -> Any:
        """Return vectors (family,) as one matrix."""
        zeros = pt.zeros(self.layout.n_families)
        means, spreads = (pt.stack([value + zeros for value in part]) for part in zip(*priors, strict=True))
        return pm.Normal(name, means, spreads, shape=(len(priors), self.layout.n_families))

    def normal(self, name: str, prior: Prior) -> Any:
        """Return one number."""
        return pm.Normal(name, *prior)

    def weights(self, name: str, prior: Prior) -> Any:
        """Return a vector (basis,)."""
        return pm.Normal(name, *prior, shape=self.layout.n_basis)

    def flats(self, name: str, count: int) -> Any:
        """Return numbers without a prior as one vector."""
        return pm.Flat(name, shape=count)

    def family_flats(self, name: str, count: int) -> Any:
        """Return vectors (family,) without a prior as one matrix."""
        return pm.Flat(name, shape=(count, self.layout.n_families))

    def family_flat(self, name: str) -> Any:
        """Return a vector (family,) without a prior."""
        return pm.Flat(name, shape=self.layout.n_families)

    def add(self, name: str, term: Any) -> None:
        """Add the sum of an array to the log density."""
        pm.Potential(name, pt.sum(term))

    def input(self, position: int) -> Any:
        """Return an input of the law at the rows, on its axis."""
        return self.rows[:, LEADING_COLUMNS + position]

    @property
    def response(self) -> Any:
        """The response at the rows."""
        return self.rows[:, 0]

    def by_row(self, values: Any) -> Any:
        """Return what a vector of families is at each row; a number is the same everywhere."""
        values = pt.as_tensor(values)
        return values[self.rows[:, 1].astype("int64")] if values.ndim else values

    def functions_times(self, weights: Any) -> Any:
        """Return the weighted sum of the discrepancy's functions at the rows."""
        start = LEADING_COLUMNS + len(self.layout.law.inputs)
        return self.rows[:, start : start + self.layout.n_basis] @ weights

    def projected(self, values: Any) -> Any:
        """Return the coefficients that the centring's projector gives."""
        start = LEADING_COLUMNS + len(self.layout.law.inputs) + self.layout.n_basis
        return values @ self.rows[:, start:]

    @property
    def run_rows(self) -> RunRows:
        """The rows of runs."""
        run = self.rows[:, 2].astype("int64")
        return RunRows(run, self.rows[:, 3], self.constant("lengths")[1].astype("int64"))
