"""Implicit laws: NumPy and compiled code agree, the gradient is that of the implicit function, the graph is small."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.traversal import ancestors

from bayescale.scaling_laws.formulas.implicit import batch_loss, saturating_share

CASES = {
    "saturating_share": (saturating_share, ([-8.0, -0.5, 0.3, 4.0, 30.0], [0.3, 1.0, 2.0, 0.7, 1.5])),
    "batch_loss": (batch_loss, ([2.4, 1.9], [0.3, 2.0], [1e2, 1e4], [0.7, 0.6], [0.21, 0.25])),
}
MOST_OPERATIONS = 100  # of a graph with its gradient; ten separate steps of Newton's method have several hundred


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[Callable[..., Any], list[np.ndarray]]:
    solve, arguments = CASES[request.param]
    return solve, [np.asarray(values) for values in arguments]


def test_compiled_solution_and_gradient_match_the_equation(
    case: tuple[Callable[..., Any], list[np.ndarray]],
) -> None:
    solve, arguments = case
    symbols = [pt.vector(dtype="float64") for _ in arguments]
    value = solve(*symbols, xp=pt)
    compiled = pytensor.function(symbols, [value, *pt.grad(value.sum(), symbols)], mode="NUMBA")
    solution, *gradients = compiled(*arguments)
    np.testing.assert_allclose(solution, solve(*arguments), rtol=1e-12)
    for j, gradient in enumerate(gradients):
        step = 1e-6 * np.maximum(np.abs(arguments[j]), 1e-3)
        high, low = (
            solve(*(values + sign * step * (i == j) for i, values in enumerate(arguments))) for sign in (1, -1)
        )
        np.testing.assert_allclose(gradient, (high - low) / (2 * step), rtol=1e-5, atol=1e-9)


def test_graph_of_an_implicit_law_is_small(case: tuple[Callable[..., Any], list[np.ndarray]]) -> None:
    solve, arguments = case
    symbols = [pt.vector(dtype="float64") for _ in arguments]
    value = solve(*symbols, xp=pt)
    operations = {one.owner for one in ancestors([value]) if one.owner is not None}
    assert len(operations) < MOST_OPERATIONS
