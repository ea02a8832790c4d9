"""Small recordings over every axis, compiled and evaluated on data that are drawn once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.kernel.derivatives import gradient
from bayescale.scaling.kernel.emission import Recording, module_of
from bayescale.scaling.kernel.machine_code import compiled, loaded
from bayescale.scaling.kernel.nodes import Node, Tape
from bayescale.scaling.kernel.recorder import Recorder, scattered

type Array = NDArray[np.float64]

LENGTHS = {"family": 3, "basis": 2, "run": 4, "obs": 9}
FIRST_FUNCTION = 5  # columns: response, family, run, step, an input, functions of the discrepancy
N_COLUMNS = FIRST_FUNCTION + LENGTHS["basis"]
SIZE = 3 + 2 * LENGTHS["family"]


def rows() -> Array:
    rng = np.random.default_rng(1)
    table = rng.uniform(0.5, 2.0, (LENGTHS["obs"], N_COLUMNS))
    table[:, 1] = np.arange(LENGTHS["obs"]) % LENGTHS["family"]
    table[:, 2] = np.arange(LENGTHS["obs"]) * LENGTHS["run"] // LENGTHS["obs"]
    return table


def constants() -> Array:
    return np.array([LENGTHS["family"], LENGTHS["run"], 1.5, 0.25])


@dataclass
class Recorded:
    """Nodes of a point, of constants and of columns, under construction; the point has SIZE elements.

    `number` is element 0, `weights` are elements 1 and 2, `first` and `second` the next two vectors of families.
    """

    tape: Tape = field(default_factory=Tape)

    def __post_init__(self) -> None:
        self.xp = Recorder(self.tape)
        self.number = self.tape.record("point", settings=(0, 0), axis=None)
        self.weights = self.tape.record("point", settings=(1, 0), axis="basis")
        self.first = self.tape.record("point", settings=(3, 0), axis="family")
        self.second = self.tape.record("point", settings=(3, 1), axis="family")

    @property
    def elements(self) -> tuple[Node, ...]:
        return self.number, self.weights, self.first, self.second

    def column(self, place: int) -> Node:
        return self.tape.record("column", settings=(place,), axis="obs")

    def constant(self, place: int) -> Node:
        return self.tape.record("constant", settings=(place, 0), axis=None)


def compiled_function(
    value: Node,
    elements: Sequence[Node],
    outputs: Sequence[Node],
    table: Array | None = None,
    others: Array | None = None,
) -> Callable[[Array], tuple[float, Array]]:
    """The value at a point, and outputs written at the places of elements."""
    table, others = rows() if table is None else table, constants() if others is None else others
    recording = Recording(value, tuple(elements), tuple(outputs), LENGTHS["basis"], table.shape[1])
    kernel = loaded(compiled(str(module_of(recording))))

    def call(point: Array) -> tuple[float, Array]:
        written = np.full(len(point), np.nan)
        addresses = (table.ctypes.data, others.ctypes.data, written.ctypes.data)
        return kernel.function(len(point), point.ctypes.data, len(table), *addresses), written

    return call


def values_of(recorded: Recorded, node: Node, point: Array) -> Array:
    """Values of a node along its own axis; those of rows as sums over runs of one row each."""
    table, others, axis = rows(), constants(), node.axis
    if axis == "obs":
        table[:, 2], others[1] = np.arange(len(table)), len(table)
        node, axis = scattered(node, "run"), "run"
    element = recorded.tape.record("point", settings=(0, 0), axis=axis)
    length = (len(table) if node.operation == "scatter" and others[1] == len(table) else LENGTHS[axis]) if axis else 1
    function = compiled_function(recorded.tape.number(0.0), (element,), (node,), table, others)
    return function(np.concatenate([point, np.zeros(length)]))[1][:length]


def value_and_gradient(recorded: Recorded, value: Node) -> Callable[[Array], tuple[float, Array]]:
    return compiled_function(value, recorded.elements, gradient(value, recorded.elements))


def elementwise(operation: str, *operands: Array) -> Array:
    """What an operation makes of arrays of one length, as vectors of rows, which are computed in blocks."""
    tape, length = Tape(), len(operands[0])
    columns = [tape.record("column", settings=(4 + i,), axis="obs") for i in range(len(operands))]
    element = tape.record("point", settings=(0, 0), axis="run")
    table = np.column_stack([*np.zeros((2, length)), np.arange(length), np.zeros(length), *operands])
    output = scattered(tape.record(operation, *columns), "run")
    function = compiled_function(tape.number(0.0), (element,), (output,), table, np.array([1.0, length]))
    return function(np.zeros(length))[1]


def elementwise_by_family(operation: str, *operands: Array) -> Array:
    """The same with vectors of families, which are computed one by one."""
    tape, length = Tape(), len(operands[0])
    nodes = [tape.record("point", settings=(0, i), axis="family") for i in range(len(operands))]
    output = tape.record(operation, *nodes)
    others = np.array([length, 1.0])
    function = compiled_function(tape.number(0.0), (nodes[0],), (output,), np.zeros((1, 4)), others)
    return function(np.concatenate(operands))[1][:length]
