"""The graph of a computation, recorded by evaluating formulas on symbols.

A node is a number or a vector along one axis. Equal computations are one node: nodes are compared by identity.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

#: What a vector is listed by: families, rows, runs of rows, functions of the discrepancy. None for a number.
type Axis = Literal["family", "obs", "run", "basis"] | None


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """One step of a computation.

    Attributes
    ----------
    tape : Tape
        The graph that holds the node.
    operation : str
        Name of what is computed, see `scaling/kernel/instructions.py`.
    operands : tuple of Node
        Nodes that it is computed from.
    settings : tuple of int, float and str
        What else it depends on: the number of a constant, the place of an element.
    axis : str or None
        What the values are listed by; None for a number.
    place : int
        Position in the order of recording: operands come before what is computed from them.
    """

    tape: "Tape"
    operation: str
    operands: tuple["Node", ...]
    settings: tuple[Any, ...]
    axis: Axis
    place: int

    __array_ufunc__ = None  # NumPy's numbers leave arithmetic with nodes to the methods below

    def __repr__(self) -> str:
        """Name the node and what it is computed from, not the whole graph."""
        parts = [f"v{operand.place}" for operand in self.operands] + [str(setting) for setting in self.settings]
        return f"v{self.place} = {self.operation}({', '.join(parts)})"

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return 0 if self.axis is None else 1

    @property
    def shape(self) -> tuple["Node", ...]:
        """Lengths of the dimensions, which are known only when the code runs."""
        return () if self.axis is None else (self.tape.record("length", settings=(self.axis,)),)

    def __add__(self, other: Any) -> "Node":
        """Record a sum."""
        return _sum(self, self.tape.node(other))

    __radd__ = __add__

    def __neg__(self) -> "Node":
        """Record the negative."""
        return _product(self.tape.number(-1.0), self)

    def __sub__(self, other: Any) -> "Node":
        """Record a difference."""
        return _difference(self, self.tape.node(other))

    def __rsub__(self, other: Any) -> "Node":
        """Record a difference."""
        return _difference(self.tape.node(other), self)

    def __mul__(self, other: Any) -> "Node":
        """Record a product."""
        return _product(self, self.tape.node(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Node":
        """Record a quotient."""
        return _quotient(self, self.tape.node(other))

    def __rtruediv__(self, other: Any) -> "Node":
        """Record a quotient."""
        return _quotient(self.tape.node(other), self)

    def __pow__(self, other: Any) -> "Node":
        """Record a power."""
        return _power(self, self.tape.node(other))

    def __rpow__(self, other: Any) -> "Node":
        """Record a power."""
        return _power(self.tape.node(other), self)

    def __abs__(self) -> "Node":
        """Record the absolute value."""
        return self.tape.record("abs", self)


@dataclass
class Tape:
    """A graph under construction.

    Attributes
    ----------
    nodes : dict
        Nodes by what they compute, in the order of recording.
    """

    nodes: dict[tuple[Any, ...], Node] = field(default_factory=dict)

    def record(
        self,
        operation: str,
        *operands: Node,
        settings: tuple[Any, ...] = (),
        axis: Axis | Literal["inherited"] = "inherited",
    ) -> Node:
        """Record a node, or return the one that computes the same.

        Parameters
        ----------
        operation : str
            Name of what is computed.
        *operands : Node
            Nodes that it is computed from.
        settings : tuple
            What else it depends on.
        axis : str or None, default "inherited"
            What the values are listed by; by default the axis of the operands.

        Returns
        -------
        Node
            The node.
        """
        inherited = next((operand.axis for operand in operands if operand.axis), None)
        along = inherited if axis == "inherited" else axis
        key = (operation, *(operand.place for operand in operands), settings, along)
        if key not in self.nodes:
            self.nodes[key] = Node(self, operation, operands, settings, along, len(self.nodes))
        return self.nodes[key]

    def number(self, value: float) -> Node:
        """Record a constant number.

        Parameters
        ----------
        value : float
            The number.

        Returns
        -------
        Node
            The constant.
        """
        return self.record("number", settings=(float(value),))

    def filled(self, axis: Axis, value: float) -> Node:
        """Record a vector of one constant number.

        Parameters
        ----------
        axis : str or None
            What it is listed by; None for a number.
        value : float
            The number.

        Returns
        -------
        Node
            The vector.
        """
        return self.record("filled", settings=(float(value),), axis=axis) if axis else self.number(value)

    def node(self, value: Any) -> Node:
        """Return a value as a node.

        Parameters
        ----------
        value : Node or float
            A node of this graph, or a number.

        Returns
        -------
        Node
            The node.
        """
        return value if isinstance(value, Node) else self.number(float(np.asarray(value)))


def logarithm(operand: Node) -> Node:
    """Record a logarithm; that of an exponential is its exponent.

    Parameters
    ----------
    operand : Node
        A value above 0.

    Returns
    -------
    Node
        The logarithm.
    """
    return operand.operands[0] if operand.operation == "exp" else operand.tape.record("log", operand)


def is_positive(node: Node) -> bool:
    """Check whether a node is above 0 whatever it is computed from.

    Parameters
    ----------
    node : Node
        Any node.

    Returns
    -------
    bool
        False where that cannot be told.
    """
    if node.operation in ("exp", "sigmoid", "length"):
        return True
    if node.operation in ("number", "filled"):
        return bool(node.settings[0] > 0)
    if node.operation in ("add", "multiply", "divide", "minimum", "gather"):
        return all(is_positive(operand) for operand in node.operands)
    return node.operation == "maximum" and any(is_positive(operand) for operand in node.operands)


def _constant_of(node: Node) -> float | None:
    """The number that all values of a node are; None for a node that is computed."""
    return node.settings[0] if node.operation in ("number", "filled") else None


def _is_scaled(node: Node) -> bool:
    """Whether a node is a product of a constant number and another node."""
    return node.operation == "multiply" and node.operands[0].operation == "number"


def _sum(left: Node, right: Node) -> Node:
    """A sum, in one order whichever operand comes first."""
    for zero, term in ((left, right), (right, left)):
        if _constant_of(zero) == 0.0 and zero.axis in (None, term.axis):
            return term
    terms = _constant_of(left), _constant_of(right)
    if terms[0] is not None and terms[1] is not None:
        return left.tape.filled(left.axis or right.axis, terms[0] + terms[1])
    return left.tape.record("add", *sorted((left, right), key=lambda node: node.place))


def _difference(left: Node, right: Node) -> Node:
    """A difference."""
    if _constant_of(right) == 0.0 and right.axis in (None, left.axis):
        return left
    if left.operation == right.operation == "number":
        return left.tape.number(left.settings[0] - right.settings[0])
    return left.tape.record("subtract", left, right)


def _product(left: Node, right: Node) -> Node:
    """A product, in one order whichever operand comes first."""
    tape, axis = left.tape, left.axis or right.axis
    for factor, other in ((left, right), (right, left)):
        if _constant_of(factor) == 0.0:
            return tape.filled(axis, 0.0)
        if _constant_of(factor) == 1.0 and factor.axis in (None, other.axis):
            return other
        if factor.operation == other.operation == "number":
            return tape.number(factor.settings[0] * other.settings[0])
        if factor.operation == "number" and _is_scaled(other):
            return _product(_product(factor, other.operands[0]), other.operands[1])
    first, second = sorted((left, right), key=lambda node: (node.operation != "number", node.place))
    return tape.record("multiply", first, second)


def _quotient(left: Node, right: Node) -> Node:
    """A quotient."""
    if _constant_of(left) == 0.0:
        return left.tape.filled(left.axis or right.axis, 0.0)
    if right.operation == "number" and right.settings[0]:
        return _product(left, left.tape.number(1.0 / right.settings[0]))
    return left.tape.record("divide", left, right)


def _power(base: Node, exponent: Node) -> Node:
    """A power: small whole exponents as products, variable ones of a positive base by its logarithm."""
    number = _constant_of(exponent)
    if number == 1.0:
        return base
    if number == 2.0:
        return _product(base, base)
    if number is None and is_positive(base):
        return base.tape.record("exp", _product(exponent, logarithm(base)))
    return base.tape.record("power", base, exponent)
