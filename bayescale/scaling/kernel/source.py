"""A recorded density as the text of a Numba function of (point, rows, constants, gradient)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bayescale.scaling.kernel.loops import LEAVES, Loop, loops_of
from bayescale.scaling.kernel.nodes import Axis, Node

INDEX: dict[Axis, str] = {"family": "f", "basis": "b", "run": "r", "obs": "i"}
LENGTH: dict[Axis, str] = {"family": "n_family", "basis": "n_basis", "run": "n_run", "obs": "n_obs"}

#: What each operation computes, of its operands.
TEXT = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{} ** {}",
    "exp": "math.exp({})",
    "log": "math.log({})",
    "log1p": "math.log1p({})",
    "expm1": "math.expm1({})",
    "sqrt": "math.sqrt({})",
    "abs": "abs({})",
    "sign": "math.copysign(1.0, {})",
    "sigmoid": "1.0 / (1.0 + math.exp(-{}))",
    "gammaln": "math.lgamma({})",
    "digamma": "digamma({})",
    "minimum": "({1} if {1} < {0} else {0})",  # not a number where the first operand is none
    "maximum": "({1} if {1} > {0} else {0})",
    "is_at_most": "(1.0 if {} <= {} else 0.0)",
    "log_if_positive": "(math.log({0}) if {0} > 0.0 else 0.0)",
    "held": "{}",
}

HEADER = '''"""Log density of a model and its gradient. Written by bayescale; do not edit."""

import math

import numpy as np
from numba import carray, cfunc, njit, types

FLAGS = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}, "nogil": True}
VECTOR, MATRIX = types.float64[::1], types.float64[:, ::1]
POINTER = types.CPointer(types.float64)
'''

DIGAMMA = '''

@njit(types.float64(types.float64), cache=True, **FLAGS)
def digamma(x):
    """Derivative of the log of the gamma function: recurrence up to 10, then the asymptotic series."""
    below = 0.0
    while x < 10.0:
        below -= 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12))))))
    return below + math.log(x) - 0.5 / x - series
'''

CALLABLE = '''

@cfunc(types.float64(types.int64, POINTER, types.int64, POINTER, POINTER, POINTER), cache=True, **FLAGS)
def callback(size, point, n_obs, rows, constants, gradient):
    """Call `log_density` with addresses."""
    return log_density(
        carray(point, (size,)),
        carray(rows, (n_obs, {n_columns})),
        carray(constants, (size,)),  # longer: its length is not read
        carray(gradient, (size,)),
    )
'''


def source_of(value: Node, variables: Sequence[Node], derivatives: Sequence[Node], n_basis: int, n_columns: int) -> str:
    """Write the module that computes a log density and its gradient.

    Parameters
    ----------
    value : Node
        The log density.
    variables, derivatives : sequence of Node
        Elements of the point, and the derivative by each.
    n_basis : int
        Number of functions of the discrepancy.
    n_columns : int
        Number of columns of the rows.

    Returns
    -------
    str
        Python source with `log_density` and its C callback.
    """
    outputs = [value, *derivatives]
    axes: list[Axis] = [None, *(variable.axis for variable in variables)]
    loops = loops_of(outputs, axes)
    writer = _Writer(_kept(loops, outputs), n_basis)
    for loop in loops:
        writer.write(loop, outputs, variables)
    body = "\n".join([*writer.lines, "    return value"])
    uses_digamma = any(node.operation == "digamma" for loop in loops for node in loop.nodes)
    return (
        HEADER + (DIGAMMA if uses_digamma else "") + writer.head() + body + "\n" + CALLABLE.format(n_columns=n_columns)
    )


def _kept(loops: Sequence[Loop], outputs: Sequence[Node]) -> dict[Node, str]:
    """Arrays, by the vectors whose elements are read after the loop that computes them, or added to."""
    kept: dict[Node, None] = {}
    for loop in loops:
        here = set(loop.nodes)
        read = [operand for node in (*loop.nodes, *loop.sums) for operand in node.operands]
        for node in (*read, *(outputs[i] for i in loop.results)):
            if node.axis and node.operation not in LEAVES and node not in here:
                kept[node] = None
        kept |= {node: None for node in loop.sums if node.axis}
    counts: dict[Axis, int] = {}
    arrays = {}
    for node in kept:
        row = counts[node.axis] = counts.get(node.axis, -1) + 1
        arrays[node] = f"{node.axis}_values[{row}, {{}}]"
    return arrays


@dataclass
class _Writer:
    """The text of the function's body, loop by loop."""

    kept: dict[Node, str]
    n_basis: int
    lines: list[str] = field(default_factory=list)

    def head(self) -> str:
        """Signature, lengths and arrays."""
        rows = {axis: sum(node.axis == axis for node in self.kept) for axis in INDEX}
        arrays = [f"    {axis}_values = np.empty(({count}, {LENGTH[axis]}))" for axis, count in rows.items() if count]
        return "\n".join(
            [
                "",
                "",
                "@njit(types.float64(VECTOR, MATRIX, VECTOR, VECTOR), cache=True, **FLAGS)",
                "def log_density(point, rows, constants, gradient):",
                "    n_obs, n_family, n_run = rows.shape[0], int(constants[0]), int(constants[1])",
                f"    n_basis = {self.n_basis}",
                *arrays,
                "",
            ]
        )

    def write(self, loop: Loop, outputs: Sequence[Node], variables: Sequence[Node]) -> None:
        """Add one loop."""
        indent = "    "
        for node in loop.sums:
            self.lines.append(f"    {self.kept[node].format(':')} = 0.0" if node.axis else f"    t{node.place} = 0.0")
        if loop.axis:
            self.lines.append(f"    for {INDEX[loop.axis]} in range({LENGTH[loop.axis]}):")
            indent = "        "
            groups = {node.settings[0] for node in (*loop.nodes, *loop.sums) if node.operation in ("gather", "scatter")}
            self.lines += [
                f"{indent}{INDEX[group]} = int(rows[i, {1 if group == 'family' else 2}])" for group in sorted(groups)
            ]
        inside = set(loop.nodes)
        loaded: set[Node] = set()
        for node in loop.nodes:
            self.lines += [indent + line for line in self._loads(node.operands, inside, loaded, loop, node)]
            self.lines.append(f"{indent}v{node.place} = {self._computed(node)}")
            if node in self.kept:
                self.lines.append(f"{indent}{self.kept[node].format(INDEX[loop.axis])} = v{node.place}")
        for node in loop.sums:
            self.lines += [indent + line for line in self._loads(node.operands, inside, loaded, loop, node)]
            self.lines += [indent + line for line in self._added(node)]
        for i in loop.results:
            self.lines += [indent + line for line in self._loads((outputs[i],), inside, loaded, loop, outputs[i])]
            result = self._name(outputs[i])
            if i == 0:
                self.lines.append(f"    value = {result}")
            else:
                self.lines.append(f"{indent}gradient[{_element(variables[i - 1])}] = {result}")

    def _loads(
        self, operands: Sequence[Node], inside: set[Node], loaded: set[Node], loop: Loop, user: Node
    ) -> list[str]:
        """Statements that read what earlier loops have kept."""
        lines = []
        for operand in operands:
            if operand in inside or operand in loaded or operand.operation in LEAVES or not operand.axis:
                continue
            if operand.axis != loop.axis or user.operation in ("previous", "next_of_previous"):
                continue  # read in another place
            loaded.add(operand)
            lines.append(f"v{operand.place} = {self.kept[operand].format(INDEX[loop.axis])}")
        return lines

    def _computed(self, node: Node) -> str:
        """The value of a node at one element."""
        (first, *_) = node.operands
        if node.operation == "gather":
            group = node.settings[0]
            return self._at(first, INDEX[group])
        if node.operation == "previous":
            return self._at(first, "max(i - 1, 0)")
        if node.operation == "next_of_previous":
            following, own = self._at(first, "min(i + 1, n_obs - 1)"), self._at(first, "0")
            return f"({following} if i + 1 < n_obs else 0.0) + ({own} if i == 0 else 0.0)"
        if node.operation == "matrix_times":
            start = node.settings[0]
            self.lines.append(f"        s{node.place} = 0.0")
            self.lines.append("        for b in range(n_basis):")
            self.lines.append(f"            s{node.place} += rows[i, {start} + b] * {self._at(first, 'b')}")
            return f"s{node.place}"
        return TEXT[node.operation].format(*(self._name(operand) for operand in node.operands))

    def _at(self, node: Node, index: str) -> str:
        """The value of a vector at another place than the loop's."""
        if node in self.kept:
            return self.kept[node].format(index)
        if node.operation == "column":
            return f"rows[{index}, {node.settings[0]}]"
        if node.operation in ("point", "constant"):
            return f"{'point' if node.operation == 'point' else 'constants'}[{_offset(node)} + {index}]"
        return self._name(node)

    def _added(self, node: Node) -> list[str]:
        """Statements that add one element to a sum."""
        value = self._name(node.operands[0])
        if node.operation == "total":
            return [f"t{node.place} += {value}"]
        if node.operation == "scatter":
            return [f"{self.kept[node].format(INDEX[node.axis])} += {value}"]
        return [
            "for b in range(n_basis):",
            f"    {self.kept[node].format('b')} += rows[i, {node.settings[0]} + b] * {value}",
        ]

    def _name(self, node: Node) -> str:
        """The expression by which a loop reads a value."""
        if node.operation in ("number", "filled"):
            number = repr(node.settings[0]).replace("inf", "math.inf").replace("nan", "math.nan")
            return f"({number})" if number.startswith("-") else number
        if node.operation == "length":
            return LENGTH[node.settings[0]]
        if node.operation == "column":
            return f"rows[i, {node.settings[0]}]"
        if node.operation == "point":
            return f"point[{_element(node)}]"
        if node.operation == "constant":
            return f"constants[{_element(node)}]"
        return f"t{node.place}" if node.operation == "total" else f"v{node.place}"


def _offset(node: Node) -> str:
    """Where an element or a vector begins, in a flat array."""
    fixed, families = node.settings
    return f"{fixed} + {families} * n_family" if families else str(fixed)


def _element(node: Node) -> str:
    """Place of the element that a loop is at."""
    return f"{_offset(node)} + {INDEX[node.axis]}" if node.axis else _offset(node)
