"""Every derivative rule agrees with finite differences of the compiled value."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bayescale.scaling.kernel.derivatives import RULES, ancestors, gradient
from bayescale.scaling.kernel.nodes import Node
from bayescale.scaling.kernel.recorder import gathered, matrix_times, scattered, total, transpose_times
from tests.scaling.kernel.evaluation import FIRST_FUNCTION, SIZE, Array, Recorded, value_and_gradient

POINT = np.random.default_rng(0).uniform(0.3, 2.0, SIZE)


def rows_of(r: Recorded) -> Node:
    """A value of each row that depends on families and a number."""
    return gathered(r.first, "family") * r.column(4) + r.number


#: Values that differ from row to row in what they give back to each element, so that no two errors cancel.
CASES: dict[str, Callable[[Recorded], Any]] = {
    "add": lambda r: (r.first + r.second) * r.first,
    "subtract": lambda r: (r.first - r.number) * r.second,
    "multiply": lambda r: r.first * r.second * r.number,
    "divide": lambda r: r.first / r.second + r.number / r.first,
    "power": lambda r: r.first**r.second + r.first**1.7 + r.second**r.number,
    "exp": lambda r: r.xp.exp(r.first * r.number),
    "log": lambda r: r.xp.log(r.first + r.number),
    "log1p": lambda r: r.xp.log1p(r.first * r.number),
    "expm1": lambda r: r.xp.expm1(r.first * r.number),
    "sqrt": lambda r: r.xp.sqrt(r.first * r.number),
    "abs": lambda r: abs(r.first - r.second) * r.number,
    "sigmoid": lambda r: r.xp.sigmoid(r.first * r.number - r.second),
    "gammaln": lambda r: r.xp.gammaln(r.first * r.number),
    "minimum": lambda r: r.xp.minimum(r.first, r.second) * r.number + r.xp.minimum(r.number, r.first) * r.second,
    "maximum": lambda r: r.xp.maximum(r.first, r.second) * r.number + r.xp.maximum(r.number, r.first) * r.second,
    "total": lambda r: r.xp.sum(r.first * r.second) * r.number + r.xp.sum(r.weights) ** 2,
    "gather": lambda r: r.xp.exp(gathered(r.first, "family")) * r.column(4),
    "gather run": lambda r: gathered(r.xp.sum_by_run(rows_of(r)), "run") ** 2 * r.column(0),
    "scatter": lambda r: scattered(rows_of(r) ** 2, "family") * r.second,
    "scatter run": lambda r: r.xp.log(r.xp.sum_by_run(rows_of(r))) ** 2,
    "previous": lambda r: r.xp.previous(rows_of(r)) ** 2 * r.column(0),
    "matrix_times": lambda r: matrix_times(r.weights * r.number, FIRST_FUNCTION) ** 2 * r.column(0),
    "transpose_times": lambda r: transpose_times(rows_of(r), FIRST_FUNCTION) ** 2 * r.weights,
    "logaddexp": lambda r: r.xp.logaddexp(r.first * 3, r.second) * r.number,
    "clip": lambda r: r.xp.clip(r.first, 0.8, 1.2) * r.second,
    "mean": lambda r: (r.first - r.xp.mean(r.first)) ** 3 * r.second,
    "constant": lambda r: r.first * r.constant(2) + r.constant(3) / r.second,
}


def measured(function: Callable[[Array], tuple[float, Array]], step: float = 1e-6) -> Array:
    """Central differences of the value."""
    steps = step * np.eye(SIZE)
    return np.array([(function(POINT + each)[0] - function(POINT - each)[0]) / (2 * step) for each in steps])


def test_every_rule_has_a_case() -> None:
    assert set(RULES) - {"held"} <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_the_value(name: str) -> None:
    recorded = Recorded()
    value = total(recorded.tape.node(CASES[name](recorded)))
    if name in RULES:
        assert name in {node.operation for node in ancestors([value])}
    function = value_and_gradient(recorded, value)
    np.testing.assert_allclose(function(POINT)[1], measured(function), rtol=1e-6, atol=1e-7)


def test_a_value_that_is_held_has_no_derivative() -> None:
    recorded = Recorded()
    held = recorded.tape.record("held", recorded.first)
    slopes = value_and_gradient(recorded, total(held * recorded.second))(POINT)[1]
    np.testing.assert_array_equal(slopes[3:6], 0.0)
    np.testing.assert_array_equal(slopes[6:9], POINT[3:6])


def test_an_element_that_does_not_matter_has_derivative_zero() -> None:
    recorded = Recorded()
    slopes = value_and_gradient(recorded, total(recorded.first))(POINT)[1]
    np.testing.assert_array_equal(slopes, [0, 0, 0, 1, 1, 1, 0, 0, 0])


def test_a_derivative_is_listed_as_its_element() -> None:
    recorded = Recorded()
    value = total(recorded.first * recorded.number) + recorded.number
    axes = [node.axis for node in gradient(value, recorded.elements)]
    assert axes == [element.axis for element in recorded.elements]


def test_a_tie_is_shared_by_a_smooth_maximum() -> None:
    """At equal arguments the jumps of `maximum` and `abs` cancel."""
    recorded = Recorded()
    value = total(recorded.xp.logaddexp(recorded.first, recorded.second))
    point = POINT.copy()
    point[6:9] = point[3:6]
    np.testing.assert_allclose(value_and_gradient(recorded, value)(point)[1][3:], 0.5)


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_a_tie_gives_the_derivative_to_one_operand(name: str) -> None:
    recorded = Recorded()
    value = total(getattr(recorded.xp, name)(recorded.first, recorded.second))
    point = POINT.copy()
    point[6:9] = point[3:6]
    np.testing.assert_array_equal(value_and_gradient(recorded, value)(point)[1], [0, 0, 0, 1, 1, 1, 0, 0, 0])


def test_ancestors_are_what_has_to_be_computed() -> None:
    recorded = Recorded()
    product = recorded.first * recorded.second
    output = total(product)
    _ = recorded.xp.exp(product)
    assert ancestors([output]) == {output, product, recorded.first, recorded.second}
