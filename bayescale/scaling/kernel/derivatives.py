"""Derivatives of a recorded graph in reverse mode: one rule for each operation."""

from collections.abc import Callable, Mapping, Sequence

from bayescale.scaling.kernel.nodes import Node
from bayescale.scaling.kernel.recorder import gathered, matrix_times, scattered, total, transpose_times

type Rule = Callable[[Node, Node, tuple[Node, ...]], tuple[Node, ...]]


def gradient(output: Node, variables: Sequence[Node]) -> list[Node]:
    """Record the derivatives of a number with respect to nodes.

    Parameters
    ----------
    output : Node
        A number.
    variables : sequence of Node
        Elements of a point.

    Returns
    -------
    list of Node
        Derivative by each variable, along the axis of the variable.
    """
    tape = output.tape
    adjoints: dict[Node, Node] = {output: tape.number(1.0)}
    for node in sorted(ancestors([output]), key=lambda node: node.place, reverse=True):
        if node not in adjoints or not node.operands:
            continue
        for operand, part in zip(
            node.operands, RULES[node.operation](adjoints[node], node, node.operands), strict=True
        ):
            if part.axis != operand.axis and operand.axis is None:
                part = total(part)
            adjoints[operand] = adjoints[operand] + part if operand in adjoints else part
    return [adjoints.get(variable, tape.filled(variable.axis, 0.0)) for variable in variables]


def ancestors(outputs: Sequence[Node]) -> set[Node]:
    """Collect the nodes that outputs are computed from, the outputs included.

    Parameters
    ----------
    outputs : sequence of Node
        Any nodes.

    Returns
    -------
    set of Node
        All that have to be computed.
    """
    needed: set[Node] = set()
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting.extend(node.operands)
    return needed


def _power(g: Node, out: Node, operands: tuple[Node, ...]) -> tuple[Node, ...]:
    base, exponent = operands
    return (
        g * exponent * base ** (exponent - 1.0),
        g * out * base.tape.record("log_if_positive", base),  # 0 to a power above 0 stays 0
    )


def _chosen(g: Node, low: Node, high: Node) -> tuple[Node, ...]:
    """Adjoints of a choice between two operands: the first is taken where `low` is at most `high`."""
    first = g.tape.record("is_at_most", low, high)
    return g * first, g * (1.0 - first)


RULES: Mapping[str, Rule] = {
    "add": lambda g, out, x: (g, g),
    "subtract": lambda g, out, x: (g, -g),
    "multiply": lambda g, out, x: (g * x[1], g * x[0]),
    "divide": lambda g, out, x: (g / x[1], -(g / x[1]) * out),
    "power": _power,
    "exp": lambda g, out, x: (g * out,),
    "log": lambda g, out, x: (g / x[0],),
    "log1p": lambda g, out, x: (g / (x[0] + 1.0),),
    "expm1": lambda g, out, x: (g * (out + 1.0),),
    "sqrt": lambda g, out, x: (g * 0.5 / out,),
    "abs": lambda g, out, x: (g * out.tape.record("sign", x[0]),),
    "sigmoid": lambda g, out, x: (g * out * (1.0 - out),),
    "gammaln": lambda g, out, x: (g * out.tape.record("digamma", x[0]),),
    "minimum": lambda g, out, x: _chosen(g, x[0], x[1]),
    "maximum": lambda g, out, x: _chosen(g, x[1], x[0]),
    "held": lambda g, out, x: (out.tape.filled(x[0].axis, 0.0),),
    "total": lambda g, out, x: (g + out.tape.filled(x[0].axis, 0.0),),
    "gather": lambda g, out, x: (scattered(g, out.settings[0]),),
    "scatter": lambda g, out, x: (gathered(g, out.settings[0]),),
    "previous": lambda g, out, x: (out.tape.record("next_of_previous", g),),
    "matrix_times": lambda g, out, x: (transpose_times(g, out.settings[0]),),
    "transpose_times": lambda g, out, x: (matrix_times(g, out.settings[0]),),
}
