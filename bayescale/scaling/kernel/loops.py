"""The order of computation: a graph as stages, each of numbers and of one loop an axis.

A loop computes all that a stage needs of its axis, element by element, so that values in between stay in registers. A
sum over an axis is complete only after the loop, and ends a stage for what is computed from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bayescale.scaling.kernel.derivatives import ancestors
from bayescale.scaling.kernel.nodes import Axis, Node

LEAVES = ("number", "filled", "length", "point", "constant", "column")
#: Operations that read all of an operand, or of which each element reads another place of it.
COMPLETE = ("total", "scatter", "transpose_times", "previous", "next_of_previous")
#: Loops of a stage. Rows read values of families, runs and functions (`gather`, `matrix_times`), which come first.
ORDER: tuple[Axis, ...] = (None, "family", "basis", "run", "obs")


@dataclass(frozen=True)
class Loop:
    """What one pass along an axis computes; the loop without an axis is straight code.

    Attributes
    ----------
    axis : str or None
        The axis.
    nodes : tuple of Node
        What is computed, operands first.
    sums : tuple of Node
        Sums that the loop's values are added to: `total`, `scatter` and `transpose_times`.
    results : tuple of int
        Positions of the outputs that are written here.
    """

    axis: Axis
    nodes: tuple[Node, ...]
    sums: tuple[Node, ...]
    results: tuple[int, ...]


def loops_of(outputs: Sequence[Node], axes: Sequence[Axis]) -> list[Loop]:
    """Order a graph into loops.

    Parameters
    ----------
    outputs : sequence of Node
        What is to be computed.
    axes : sequence of str or None
        What each output is written along.

    Returns
    -------
    list of Loop
        In the order in which they run.
    """
    nodes = sorted((node for node in ancestors(outputs) if node.operation not in LEAVES), key=lambda node: node.place)
    stages = _later(nodes, _earliest(nodes))
    last = 1 + max(stages.values(), default=0)
    loops = []
    for stage in range(last + 1):
        for axis in ORDER:
            computed = tuple(n for n in nodes if stages[n] == stage and n.axis == axis and not is_sum(n))
            sums = tuple(n for n in nodes if is_sum(n) and stages[n] == stage + 1 and summed_axis(n) == axis)
            results = tuple(i for i, output in enumerate(outputs) if stages.get(output, 0) == stage and axes[i] == axis)
            if computed or sums or results:
                loops.append(Loop(axis, computed, sums, results))
    return loops


def is_sum(node: Node) -> bool:
    """Check whether a node is a sum that a loop accumulates.

    Parameters
    ----------
    node : Node
        Any node.

    Returns
    -------
    bool
        Whether the loop along its operand's axis adds to it.
    """
    return node.operation in ("total", "scatter", "transpose_times")


def summed_axis(node: Node) -> Axis:
    """Return the axis along which a sum is accumulated.

    Parameters
    ----------
    node : Node
        A sum.

    Returns
    -------
    str
        The axis.
    """
    return node.operands[0].axis if node.operation == "total" else "obs"


def _earliest(nodes: Iterable[Node]) -> dict[Node, int]:
    """First stage in which each node can be computed; a sum is complete in the stage after its loop."""
    stages: dict[Node, int] = {}
    for node in nodes:
        ready = max((stages.get(operand, 0) for operand in node.operands), default=0)
        stages[node] = ready + (node.operation in COMPLETE)
    return stages


def _later(nodes: Sequence[Node], earliest: Mapping[Node, int]) -> dict[Node, int]:
    """Stages in which few values are kept from one loop to the next.

    A node moves to the first stage that needs it, unless its loop would then have to keep two values in place of one.
    """
    stages = dict(earliest)
    users: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node in nodes:
        for operand in node.operands:
            users.get(operand, []).append(node)

    def needed(node: Node) -> int:
        return min((stages[user] - (user.operation in COMPLETE) for user in users[node]), default=stages[node])

    for node in reversed(nodes):
        stage = needed(node)
        newly_kept = {
            operand
            for operand in node.operands
            if operand in users and operand.axis and not any(stages[user] > stages[node] for user in users[operand])
        }
        if not is_sum(node) and (node.axis is None or len(newly_kept) <= 1):
            stages[node] = stage
    return stages
