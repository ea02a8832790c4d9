"""Loops compute operands first, a sum ends a stage, and few values are stored between loops."""

from collections.abc import Callable
from typing import Any

import pytest

from bayescale.scaling.kernel.derivatives import gradient
from bayescale.scaling.kernel.emission import _stored_rows
from bayescale.scaling.kernel.loops import LEAVES, Loop, is_sum, loops_of, summed_axis
from bayescale.scaling.kernel.nodes import Axis, Node
from bayescale.scaling.kernel.recorder import gathered, matrix_times, scattered, total, transpose_times
from tests.scaling.kernel.evaluation import FIRST_FUNCTION, Recorded


def residuals(r: Recorded) -> Node:
    return r.column(0) - gathered(r.xp.exp(r.first), "family") * r.column(4) - matrix_times(r.weights, FIRST_FUNCTION)


VALUES: dict[str, Callable[[Recorded], Any]] = {
    "a sum of squares": lambda r: total(residuals(r) ** 2),
    "a sum of a function of a sum": lambda r: total((residuals(r) - r.xp.mean(residuals(r))) ** 2),
    "sums over runs": lambda r: total(r.xp.log(r.xp.sum_by_run(residuals(r) ** 2))),
    "rows before": lambda r: total((residuals(r) - 0.5 * r.xp.previous(residuals(r))) ** 2),
    "a projection": lambda r: total(transpose_times(residuals(r), FIRST_FUNCTION) * r.weights),
}


def loops_with_gradient(recorded: Recorded, value: Node) -> tuple[list[Loop], tuple[Node, ...]]:
    outputs = (value, *gradient(value, recorded.elements))
    axes: list[Axis] = [None, *(element.axis for element in recorded.elements)]
    return loops_of(outputs, axes), outputs


@pytest.mark.parametrize("name", VALUES)
def test_operands_are_ready_where_they_are_read(name: str) -> None:
    recorded = Recorded()
    loops, outputs = loops_with_gradient(recorded, VALUES[name](recorded))
    ready: set[Node] = set()  # complete after an earlier loop
    for loop in loops:
        here: set[Node] = set()
        for node in loop.nodes:
            assert node.axis == loop.axis
            for operand in node.operands:
                across = node.operation in ("previous", "next_of_previous")
                assert operand.operation in LEAVES or operand in (ready if across else ready | here)
            here.add(node)
        for node in loop.sums:
            assert summed_axis(node) == loop.axis
            assert node.operands[0].operation in LEAVES or node.operands[0] in ready | here
        assert all(outputs[i].operation in LEAVES or outputs[i] in ready | here for i in loop.results)
        ready |= here | set(loop.sums)


@pytest.mark.parametrize("name", VALUES)
def test_everything_is_computed_once(name: str) -> None:
    recorded = Recorded()
    loops, outputs = loops_with_gradient(recorded, VALUES[name](recorded))
    computed = [node for loop in loops for node in (*loop.nodes, *loop.sums)]
    assert len(computed) == len(set(computed))
    assert sorted(i for loop in loops for i in loop.results) == list(range(len(outputs)))


def test_a_sum_ends_a_stage() -> None:
    recorded = Recorded()
    squares = residuals(recorded) ** 2
    share = total(squares / total(squares))
    loops = loops_of((share,), (None,))
    over_rows = [loop for loop in loops if loop.axis == "obs"]
    assert len(over_rows) == 2
    assert over_rows[0].sums == (total(squares),)
    assert over_rows[1].sums == (share,)


def test_value_and_gradient_of_a_sum_of_squares_take_one_loop_over_rows() -> None:
    recorded = Recorded()
    loops, outputs = loops_with_gradient(recorded, VALUES["a sum of squares"](recorded))
    assert [loop.axis for loop in loops].count("obs") == 1
    assert {node.axis for node in _stored_rows(loops, outputs)} <= {"family", "basis"}  # nothing is kept row by row


def test_one_value_a_row_is_stored_for_a_second_loop() -> None:
    recorded = Recorded()
    value = VALUES["a sum of a function of a sum"](recorded)
    stored = _stored_rows(loops_of((value,), (None,)), (value,))
    assert [node.axis for node in stored].count("obs") == 1


def test_what_is_a_sum() -> None:
    recorded = Recorded()
    rows = recorded.column(4)
    sums = {
        total(recorded.first): "family",
        total(rows): "obs",
        scattered(rows, "run"): "obs",
        transpose_times(rows, FIRST_FUNCTION): "obs",
    }
    assert {node: summed_axis(node) for node in sums} == sums
    assert all(is_sum(node) for node in sums)
    assert not is_sum(gathered(recorded.first, "family"))
    assert not is_sum(matrix_times(recorded.weights, FIRST_FUNCTION))
