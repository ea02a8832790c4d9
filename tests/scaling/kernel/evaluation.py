"""Small recordings over every axis, compiled and evaluated on data that are drawn once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.kernel.derivatives import gradient
from bayescale.scaling.kernel.emission import Recording, module_of
from bayescale.scaling.kernel.machine_code import compiled, loaded
from bayescale.scaling.kernel.nodes import Node, Tape
from bayescale.scaling.kernel.recorder import Recorder

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
    value: Node, elements: Sequence[Node], outputs: Sequence[Node]
) -> Callable[[Array], tuple[float, Array]]:
    """The value at a point, and outputs written at the places of elements."""
    recording = Recording(value, tuple(elements), tuple(outputs), LENGTHS["basis"], N_COLUMNS)
    kernel = loaded(compiled(str(module_of(recording))))
    table, others = rows(), constants()

    def call(point: Array) -> tuple[float, Array]:
        written = np.full(len(point), np.nan)
        addresses = (table.ctypes.data, others.ctypes.data, written.ctypes.data)
        return kernel.function(len(point), point.ctypes.data, len(table), *addresses), written

    return call


def value_and_gradient(recorded: Recorded, value: Node) -> Callable[[Array], tuple[float, Array]]:
    return compiled_function(value, recorded.elements, gradient(value, recorded.elements))


def elementwise(operation: str, *operands: Array) -> Array:
    """What an operation makes of arrays of one length, listed by rows."""
    tape, length = Tape(), len(operands[0])
    nodes = [tape.record("point", settings=(i * length, 0), axis="obs") for i in range(len(operands))]
    recording = Recording(tape.number(0.0), (nodes[0],), (tape.record(operation, *nodes),), 0, 1)
    kernel = loaded(compiled(str(module_of(recording))))
    point, written, table = np.concatenate(operands), np.empty(length), np.zeros((length, 1))
    others = np.zeros(2)
    addresses = (table.ctypes.data, others.ctypes.data, written.ctypes.data)
    kernel.function(len(point), point.ctypes.data, length, *addresses)
    return written
