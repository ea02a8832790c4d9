"""The namespace that formulas are recorded with, in place of NumPy: its functions return nodes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bayescale.scaling.kernel.nodes import Axis, Node, Tape
from bayescale.scaling_laws.formulas.implicit import STEPS


@dataclass(frozen=True)
class Recorder:
    """Elementwise functions, and sums along an axis, of nodes.

    Functions have the names and meanings that they have in NumPy and PyTensor.

    Attributes
    ----------
    tape : Tape
        The graph.
    """

    tape: Tape

    def exp(self, x: Any) -> Node:
        """Record the exponential."""
        return self.tape.record("exp", self.tape.node(x))

    def log(self, x: Any) -> Node:
        """Record the natural logarithm."""
        return self.tape.logarithm(self.tape.node(x))

    def log1p(self, x: Any) -> Node:
        """Record log(1 + x)."""
        return self.tape.record("log1p", self.tape.node(x))

    def expm1(self, x: Any) -> Node:
        """Record exp(x) - 1."""
        return self.tape.record("expm1", self.tape.node(x))

    def sqrt(self, x: Any) -> Node:
        """Record the square root."""
        return self.tape.record("sqrt", self.tape.node(x))

    def sigmoid(self, x: Any) -> Node:
        """Record 1 / (1 + exp(-x))."""
        return self.tape.record("sigmoid", self.tape.node(x))

    def gammaln(self, x: Any) -> Node:
        """Record the logarithm of the gamma function."""
        return self.tape.record("gammaln", self.tape.node(x))

    def maximum(self, x: Any, y: Any) -> Node:
        """Record the larger of two values."""
        return self.tape.record("maximum", self.tape.node(x), self.tape.node(y))

    def minimum(self, x: Any, y: Any) -> Node:
        """Record the smaller of two values."""
        return self.tape.record("minimum", self.tape.node(x), self.tape.node(y))

    def clip(self, x: Any, low: float, high: float) -> Node:
        """Record a value kept between two bounds, of which the upper may be infinite."""
        bounded = self.maximum(x, low)
        return bounded if high == float("inf") else self.minimum(bounded, high)

    def logaddexp(self, x: Any, y: Any) -> Node:
        """Record log(exp(x) + exp(y)), without overflow."""
        larger = self.maximum(x, y)
        return larger + self.log1p(self.exp(-abs(self.tape.node(x) - y)))

    def sum(self, x: Any) -> Node:
        """Record the sum along the axis."""
        return total(self.tape.node(x))

    def mean(self, x: Any, axis: int = -1) -> Node:
        """Record the mean along the axis."""
        return total(x) / x.shape[axis] if x.axis else x

    def zeros(self, length: Node) -> Node:
        """Record zeros along the axis of a length."""
        return self.tape.filled(length.settings[0], 0.0)

    def ones_like(self, x: Node) -> Node:
        """Record ones along the axis of a node."""
        return self.tape.filled(x.axis, 1.0)

    def sum_by_run(self, x: Node) -> Node:
        """Record sums over the rows of each run."""
        return scattered(x, "run")

    def previous(self, x: Node) -> Node:
        """Record the value of the row before each row; the first row's is its own."""
        return self.tape.record("previous", x)

    def iterated(self, step: Callable[..., Any], start: Any, constants: tuple[Any, ...]) -> Node:
        """Record the steps of an implicit law but the last; their result is a constant in derivatives."""
        value = start
        for _ in range(STEPS - 1):
            value = step(value, *constants, self)
        return self.tape.record("held", self.tape.node(value))


def total(x: Node) -> Node:
    """Record the sum of a vector; a number is its own sum.

    Parameters
    ----------
    x : Node
        A vector or a number.

    Returns
    -------
    Node
        The number.
    """
    return x.tape.record("total", x, axis=None) if x.axis else x


def gathered(x: Node, index: Axis) -> Node:
    """Record what the vector of families or runs is at each row; a number is the same everywhere.

    Parameters
    ----------
    x : Node
        A vector along `index`, or a number.
    index : {"family", "run"}
        What rows are grouped by.

    Returns
    -------
    Node
        A vector (obs,), or the number.
    """
    return x.tape.record("gather", x, settings=(index,), axis="obs") if x.axis else x


def scattered(x: Node, index: Axis) -> Node:
    """Record sums over the rows of each family or run.

    Parameters
    ----------
    x : Node
        A vector (obs,).
    index : {"family", "run"}
        What rows are grouped by.

    Returns
    -------
    Node
        A vector along `index`.
    """
    return x.tape.record("scatter", x, settings=(index,), axis=index)


def matrix_times(weights: Node, first_column: int) -> Node:
    """Record a matrix (obs, basis) among the columns of the rows, times a vector (basis,).

    Parameters
    ----------
    weights : Node
        A vector (basis,).
    first_column : int
        Where the matrix begins.

    Returns
    -------
    Node
        A vector (obs,).
    """
    return weights.tape.record("matrix_times", weights, settings=(first_column,), axis="obs")


def transpose_times(values: Node, first_column: int) -> Node:
    """Record the transpose of a matrix (obs, basis) among the columns of the rows, times a vector (obs,).

    Parameters
    ----------
    values : Node
        A vector (obs,).
    first_column : int
        Where the matrix begins.

    Returns
    -------
    Node
        A vector (basis,).
    """
    return values.tape.record("transpose_times", values, settings=(first_column,), axis="basis")
