"""The recorder's functions compute what NumPy's do, sums and gathers included."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from bayescale.scaling.kernel.nodes import Node
from bayescale.scaling.kernel.recorder import gathered, matrix_times, scattered, total, transpose_times
from bayescale.scaling_laws.formulas.implicit import STEPS
from tests.scaling.kernel.evaluation import FIRST_FUNCTION, LENGTHS, SIZE, Recorded, rows, values_of

POINT = np.random.default_rng(0).uniform(0.3, 2.0, SIZE)
FIRST, SECOND, WEIGHTS = POINT[3:6], POINT[6:9], POINT[1:3]


def values_at(recorded: Recorded, node: Node) -> Any:
    return values_of(recorded, node, POINT)


ELEMENTWISE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "exp": (lambda xp, x, y: xp.exp(x), lambda x, y: np.exp(x)),
    "log": (lambda xp, x, y: xp.log(x), lambda x, y: np.log(x)),
    "log1p": (lambda xp, x, y: xp.log1p(x), lambda x, y: np.log1p(x)),
    "expm1": (lambda xp, x, y: xp.expm1(x), lambda x, y: np.expm1(x)),
    "sqrt": (lambda xp, x, y: xp.sqrt(x), lambda x, y: np.sqrt(x)),
    "sigmoid": (lambda xp, x, y: xp.sigmoid(x), lambda x, y: special.expit(x)),
    "gammaln": (lambda xp, x, y: xp.gammaln(x), lambda x, y: special.gammaln(x)),
    "maximum": (lambda xp, x, y: xp.maximum(x, y), np.maximum),
    "minimum": (lambda xp, x, y: xp.minimum(x, y), np.minimum),
    "maximum of a number": (lambda xp, x, y: xp.maximum(x, 1.0), lambda x, y: np.maximum(x, 1.0)),
    "clip": (lambda xp, x, y: xp.clip(x, 0.8, 1.2), lambda x, y: np.clip(x, 0.8, 1.2)),
    "clip without an upper bound": (lambda xp, x, y: xp.clip(x, 0.8, np.inf), lambda x, y: np.maximum(x, 0.8)),
    "logaddexp": (lambda xp, x, y: xp.logaddexp(x, y), np.logaddexp),
    "logaddexp far apart": (lambda xp, x, y: xp.logaddexp(2000 * x, 1.0), lambda x, y: np.logaddexp(2000 * x, 1.0)),
    "abs": (lambda xp, x, y: abs(x - y), lambda x, y: abs(x - y)),
    "arithmetic": (
        lambda xp, x, y: (x - y) / (1 + x * y) ** 2 - 3 / y**x,
        lambda x, y: (x - y) / (1 + x * y) ** 2 - 3 / y**x,
    ),
    "power of a number": (lambda xp, x, y: 2.5**x, lambda x, y: 2.5**x),
    "ones_like": (lambda xp, x, y: xp.ones_like(x), lambda x, y: np.ones_like(x)),
    "zeros": (lambda xp, x, y: xp.zeros(x.shape[0]), lambda x, y: np.zeros(len(x))),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions_are_those_of_numpy(name: str) -> None:
    recorded = Recorded()
    record, expected = ELEMENTWISE[name]
    node = record(recorded.xp, recorded.first, recorded.second)
    assert node.axis == "family"
    np.testing.assert_allclose(values_at(recorded, node), expected(FIRST, SECOND), rtol=1e-14)


def test_sums_and_means() -> None:
    recorded = Recorded()
    xp, table = recorded.xp, rows()
    for node, value in (
        (xp.sum(recorded.first), FIRST.sum()),
        (xp.mean(recorded.first), FIRST.mean()),
        (xp.mean(recorded.column(4)), table[:, 4].mean()),
        (xp.sum(recorded.column(0) * recorded.column(4)), table[:, 0] @ table[:, 4]),
        (xp.sum(recorded.weights), WEIGHTS.sum()),
    ):
        assert node.axis is None
        np.testing.assert_allclose(values_at(recorded, node), value, rtol=1e-14)
    assert total(recorded.number) is recorded.number
    assert xp.mean(recorded.number) is recorded.number
    assert xp.sum(2.0).settings == (2.0,)


def test_gathered_values_are_those_of_each_row() -> None:
    recorded = Recorded()
    np.testing.assert_array_equal(
        values_at(recorded, gathered(recorded.first, "family")), FIRST[rows()[:, 1].astype(int)]
    )
    assert gathered(recorded.number, "family") is recorded.number


@pytest.mark.parametrize(("index", "column"), [("family", 1), ("run", 2)])
def test_scattered_values_are_sums_over_rows(index: Any, column: int) -> None:
    recorded, table = Recorded(), rows()
    expected = np.bincount(table[:, column].astype(int), table[:, 4], minlength=LENGTHS[index])
    np.testing.assert_allclose(values_at(recorded, scattered(recorded.column(4), index)), expected, rtol=1e-14)


def test_sums_by_run() -> None:
    recorded, table = Recorded(), rows()
    expected = np.bincount(table[:, 2].astype(int), table[:, 0])
    np.testing.assert_allclose(values_at(recorded, recorded.xp.sum_by_run(recorded.column(0))), expected, rtol=1e-14)


def test_previous_values_begin_with_the_first_twice() -> None:
    recorded, table = Recorded(), rows()
    squares = recorded.column(4) * recorded.column(4)
    for node, values in ((recorded.column(4), table[:, 4]), (squares, table[:, 4] ** 2)):
        np.testing.assert_array_equal(values_at(recorded, recorded.xp.previous(node)), [values[0], *values[:-1]])


def test_matrix_products() -> None:
    recorded, table = Recorded(), rows()
    matrix = table[:, FIRST_FUNCTION:]
    product, transposed = (
        matrix_times(recorded.weights, FIRST_FUNCTION),
        transpose_times(recorded.column(4), FIRST_FUNCTION),
    )
    np.testing.assert_allclose(values_at(recorded, product), matrix @ WEIGHTS, rtol=1e-14)
    np.testing.assert_allclose(values_at(recorded, transposed), table[:, 4] @ matrix, rtol=1e-14)


def test_iterated_steps_are_all_but_the_last() -> None:
    recorded = Recorded()
    node = recorded.xp.iterated(lambda value, scale, xp: value * scale + 1, recorded.first, (0.5,))
    value = FIRST
    for _ in range(STEPS - 1):
        value = value * 0.5 + 1
    assert node.operation == "held"
    np.testing.assert_allclose(values_at(recorded, node), value, rtol=1e-14)
