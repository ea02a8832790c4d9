"""The model's definition recorded as a graph: the point, the data, and the log density of both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayescale.scaling.kernel.derivatives import gradient
from bayescale.scaling.kernel.emission import Recording
from bayescale.scaling.kernel.nodes import Axis, Node, Tape
from bayescale.scaling.kernel.recorder import Recorder, gathered, matrix_times, total, transpose_times
from bayescale.scaling.model.definition import define
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.model_data import LEADING_COLUMNS, constant_shapes
from bayescale.scaling.model.run_rows import RunRows

LOG_ROOT_TWO_PI = 0.5 * float(np.log(2 * np.pi))

type Prior = tuple[Any, Any]


@dataclass(frozen=True)
class Variable:
    """A variable of the model in a flat point.

    Attributes
    ----------
    name : str
        Name.
    shape : tuple of int
        Shape.
    """

    name: str
    shape: tuple[int, ...]


@dataclass
class _RecordedGraph:
    """The graph that `define` builds.

    Attributes
    ----------
    layout : Layout
        Shape of the model.
    tape : Tape
        The nodes.
    variables : list of Variable
        Variables in the order of a point.
    elements : list of Node
        Elements of the point: numbers and vectors.
    terms : list of Node
        Terms of the log density.
    place : tuple of (int, int)
        Where the next variable of the point begins: after so many numbers, and so many vectors of families.
    """

    layout: Layout
    tape: Tape = field(default_factory=Tape)
    variables: list[Variable] = field(default_factory=list)
    elements: list[Node] = field(default_factory=list)
    terms: list[Node] = field(default_factory=list)
    place: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        """Place the data other than rows."""
        self.xp = Recorder(self.tape)
        self.constants: dict[str, Any] = {}
        place = (0, 0)
        for name, shape in constant_shapes(self.layout).items():
            self.constants[name], place = self._elements("constant", shape, place)

    def constant(self, name: str) -> Any:
        """Return one of the data other than rows."""
        return self.constants[name]

    def normals(self, name: str, priors: Sequence[Prior]) -> Sequence[Node]:
        """Return independent numbers."""
        return self._normals(name, priors, None)

    def family_normals(self, name: str, priors: Sequence[Prior]) -> Sequence[Node]:
        """Return vectors (family,)."""
        return self._normals(name, priors, "family")

    def normal(self, name: str, prior: Prior) -> Node:
        """Return one number."""
        value: Node = self._variable(name, ())
        self._add_normal(value, prior)
        return value

    def weights(self, name: str, prior: Prior) -> Node:
        """Return a vector (basis,)."""
        value: Node = self._variable(name, ("basis",))
        self._add_normal(value, prior)
        return value

    def flats(self, name: str, count: int) -> Sequence[Node]:
        """Return numbers without a prior."""
        return list(self._variable(name, (count,)))

    def family_flats(self, name: str, count: int) -> Sequence[Node]:
        """Return vectors (family,) without a prior."""
        return list(self._variable(name, (count, "family")))

    def family_flat(self, name: str) -> Node:
        """Return a vector (family,) without a prior."""
        values: Node = self._variable(name, ("family",))
        return values

    def add(self, name: str, term: Any) -> None:
        """Add the sum of a node to the log density."""
        self.terms.append(total(self.tape.node(term)))

    def input(self, position: int) -> Node:
        """Return an input at the rows, on its axis."""
        return self._column(LEADING_COLUMNS + position)

    @property
    def response(self) -> Node:
        """The response at the rows."""
        return self._column(0)

    def by_row(self, values: Any) -> Node:
        """Return what a vector of families is at each row."""
        return gathered(self.tape.node(values), "family")

    def functions_times(self, weights: Node) -> Node:
        """Return the weighted sum of the discrepancy's functions at the rows."""
        return matrix_times(weights, self._first_function)

    def projected(self, values: Node) -> Node:
        """Return the coefficients that the centring's projector gives."""
        return transpose_times(values, self._first_function + self.layout.n_basis)

    @property
    def run_rows(self) -> RunRows:
        """The rows of runs."""
        return RunRows(None, self._column(3), self.tape.record("length", settings=("run",), axis=None))

    @property
    def n_columns(self) -> int:
        """Number of columns of the rows."""
        return self._first_function + 2 * self.layout.n_basis

    @property
    def _first_function(self) -> int:
        return LEADING_COLUMNS + len(self.layout.law.inputs)

    def _column(self, number: int) -> Node:
        return self.tape.record("column", settings=(number,), axis="obs")

    def _normals(self, name: str, priors: Sequence[Prior], axis: Axis) -> Sequence[Node]:
        values = self._variable(name, (len(priors), axis) if axis else (len(priors),))
        for value, prior in zip(values, priors, strict=True):
            self._add_normal(value, prior)
        return list(values)

    def _add_normal(self, value: Node, prior: Prior) -> None:
        """Add the log density of a normal."""
        mean, spread = (self.tape.node(part) for part in prior)
        z = (value - mean) / spread
        self.terms.append(
            total(-0.5 * z * z - self.xp.log(spread) - LOG_ROOT_TWO_PI + self.tape.filled(value.axis, 0.0))
        )

    def _variable(self, name: str, shape: tuple[Any, ...]) -> Any:
        """Elements of the next variable of the point."""
        values, self.place = self._elements("point", shape, self.place)
        lengths = {"family": self.layout.n_families, "basis": self.layout.n_basis}
        self.variables.append(Variable(name, tuple(lengths.get(part, part) for part in shape)))
        self.elements += [values] if isinstance(values, Node) else values
        return values

    def _elements(self, kind: str, shape: tuple[Any, ...], place: tuple[int, int]) -> tuple[Any, tuple[int, int]]:
        """Nodes of one array of a flat one, nested by its numbered dimensions, and where the next array begins."""
        fixed, families = place
        match shape:
            case ():
                return self.tape.record(kind, settings=place, axis=None), (fixed + 1, families)
            case ("family",):
                axis: Axis = None if self.layout.n_families == 1 else "family"
                end = (fixed + 1, families) if axis is None else (fixed, families + 1)
                return self.tape.record(kind, settings=place, axis=axis), end
            case ("basis",):
                return self.tape.record(kind, settings=place, axis="basis"), (fixed + self.layout.n_basis, families)
        parts = []
        for _ in range(shape[0]):
            part, place = self._elements(kind, shape[1:], place)
            parts.append(part)
        return parts, place


def record_density(layout: Layout) -> tuple[Recording, list[Variable]]:
    """Record the log density of a layout and differentiate it.

    Parameters
    ----------
    layout : Layout
        Shape of the model.

    Returns
    -------
    recording : Recording
        Value and derivatives.
    variables : list of Variable
        Variables in the order of a point.
    """
    graph = _RecordedGraph(layout)
    define(layout, graph)
    value = sum(graph.terms[1:], graph.terms[0])
    derivatives = gradient(value, graph.elements)
    recording = Recording(value, tuple(graph.elements), tuple(derivatives), layout.n_basis, graph.n_columns)
    return recording, graph.variables
