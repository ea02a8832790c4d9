"""The namespace that formulas are recorded with, in place of NumPy: its functions return nodes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bayescale.scaling.kernel.nodes import Axis, Node, Tape, logarithm
from bayescale.scaling_laws.formulas.implicit import STEPS


def _elementwise(operation: str) -> Callable[..., Node]:
    """A method that records an operation on one or two values."""

    def record(recorder: "Recorder", *values: Any) -> Node:
        return recorder.tape.record(operation, *(recorder.tape.node(value) for value in values))

    return record


@dataclass(frozen=True)
class Recorder:
    """Elementwise functions, and sums along an axis, of nodes.

    Functions have the names and meanings that they have in NumPy, SciPy and PyTensor.

    Attributes
    ----------
    tape : Tape
        The graph.
    """

    tape: Tape

    exp = _elementwise("exp")
    log1p = _elementwise("log1p")
    expm1 = _elementwise("expm1")
    sqrt = _elementwise("sqrt")
    sigmoid = _elementwise("sigmoid")
    gammaln = _elementwise("gammaln")
    maximum = _elementwise("maximum")
    minimum = _elementwise("minimum")

    def log(self, x: Any) -> Node:
        """Record the natural logarithm.

        Parameters
        ----------
        x : Node or float
            A value above 0.

        Returns
        -------
        Node
            The logarithm.
        """
        return logarithm(self.tape.node(x))

    def clip(self, x: Any, low: float, high: float) -> Node:
        """Record a value kept between two bounds.

        Parameters
        ----------
        x : Node or float
            The value.
        low, high : float
            Bounds, of which the upper may be infinite.

        Returns
        -------
        Node
            The value, or the bound that it passes.
        """
        bounded = self.maximum(x, low)
        return bounded if high == float("inf") else self.minimum(bounded, high)

    def logaddexp(self, x: Any, y: Any) -> Node:
        """Record log(exp(x) + exp(y)), without overflow.

        Parameters
        ----------
        x, y : Node or float
            Logarithms of the terms.

        Returns
        -------
        Node
            Logarithm of the sum.
        """
        larger = self.maximum(x, y)
        return larger + self.log1p(self.exp(-abs(self.tape.node(x) - y)))

    def sum(self, x: Any) -> Node:
        """Record the sum along the axis.

        Parameters
        ----------
        x : Node or float
            A vector, or a number, which is its own sum.

        Returns
        -------
        Node
            The number.
        """
        return total(self.tape.node(x))

    def mean(self, x: Node, axis: int = -1) -> Node:
        """Record the mean along the axis.

        Parameters
        ----------
        x : Node
            A vector, or a number, which is its own mean.
        axis : int, default -1
            Position of the axis, of which there is one.

        Returns
        -------
        Node
            The number.
        """
        return total(x) / x.shape[axis] if x.axis else x

    def zeros(self, length: Node) -> Node:
        """Record zeros along an axis.

        Parameters
        ----------
        length : Node
            Length of the axis, as in `Node.shape`.

        Returns
        -------
        Node
            The vector.
        """
        return self.tape.filled(length.settings[0], 0.0)

    def ones_like(self, x: Node) -> Node:
        """Record ones along the axis of a node.

        Parameters
        ----------
        x : Node
            A vector or a number.

        Returns
        -------
        Node
            Ones along the same axis, or 1.
        """
        return self.tape.filled(x.axis, 1.0)

    def sum_by_run(self, x: Node) -> Node:
        """Record sums over the rows of each run.

        Parameters
        ----------
        x : Node
            A vector (obs,).

        Returns
        -------
        Node
            A vector (run,).
        """
        return scattered(x, "run")

    def previous(self, x: Node) -> Node:
        """Record the value of the row before each row; the first row's is its own.

        Parameters
        ----------
        x : Node
            A vector (obs,).

        Returns
        -------
        Node
            A vector (obs,).
        """
        return self.tape.record("previous", x)

    def iterated(self, step: Callable[..., Any], start: Any, constants: tuple[Any, ...]) -> Node:
        """Record the steps of an implicit law but the last; their result is a constant in derivatives.

        Parameters
        ----------
        step : callable
            One step, of (value, *constants, namespace).
        start : Node or float
            Where the steps start.
        constants : tuple of Node and float
            Other arguments of a step.

        Returns
        -------
        Node
            The value after `STEPS - 1` steps.
        """
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
