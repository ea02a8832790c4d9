"""Recorded arithmetic: simplifications keep the axis and the value, and equal computations are one node."""

import numpy as np
import pytest

from bayescale.scaling.kernel.nodes import Node, Tape, is_positive, logarithm
from tests.scaling.kernel.evaluation import SIZE, Recorded, value_and_gradient


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def steps(node: Node) -> tuple[str, tuple[float, ...], str | None]:
    return node.operation, node.settings, node.axis


def test_equal_computations_are_one_node(recorded: Recorded) -> None:
    x, y = recorded.first, recorded.second
    assert x * y is y * x
    assert x + y is y + x
    assert x - y is not y - x
    assert recorded.xp.exp(x) is recorded.xp.exp(x)
    assert x * 2.0 is 2.0 * x
    assert x * 2.0 is not x * 3.0


def test_operands_come_before_what_is_computed_from_them(recorded: Recorded) -> None:
    _ = recorded.xp.sum((recorded.first + 1) ** 2 / recorded.number)
    for node in recorded.tape.nodes.values():
        assert all(operand.place < node.place for operand in node.operands)


@pytest.mark.parametrize("operand", ["number", "first"])
def test_neutral_operands_are_left_out(recorded: Recorded, operand: str) -> None:
    x = getattr(recorded, operand)
    for simplified in (x + 0, 0 + x, x - 0, x * 1, 1 * x, x / 1, x**1):
        assert simplified is x
    assert x**2 is x * x


def test_zero_times_a_vector_is_a_vector_of_zeros(recorded: Recorded) -> None:
    zeros = ("filled", (0.0,), "family")
    assert steps(recorded.first * 0) == zeros
    assert steps(recorded.tape.filled("family", 0.0) * recorded.number) == zeros
    assert steps(0 / recorded.first) == zeros
    assert steps(recorded.number * 0) == ("number", (0.0,), None)


def test_a_number_and_a_constant_vector_give_a_vector(recorded: Recorded) -> None:
    zeros, ones = (recorded.tape.filled("family", value) for value in (0.0, 1.0))
    for result in (recorded.number + zeros, recorded.number * ones, recorded.number - zeros):
        assert result.axis == "family"
        assert result.operation != "filled"


def test_constants_are_folded(recorded: Recorded) -> None:
    two, three = recorded.tape.number(2), recorded.tape.number(3)
    for result, value in ((two + three, 5.0), (two - three, -1.0), (two * three, 6.0), (-two, -2.0), (two**2, 4.0)):
        assert steps(result) == ("number", (value,), None)
    assert (two / three).settings[0] == pytest.approx(2 / 3)
    assert steps(recorded.tape.filled("run", 2.0) + 1) == ("filled", (3.0,), "run")
    assert 2 * (3 * recorded.first) is 6 * recorded.first
    assert recorded.first / 4 is 0.25 * recorded.first


def test_a_quotient_by_zero_is_left_to_the_run(recorded: Recorded) -> None:
    assert (recorded.first / 0).operation == "divide"


def test_a_logarithm_of_an_exponential_is_its_exponent(recorded: Recorded) -> None:
    assert recorded.xp.log(recorded.xp.exp(recorded.first)) is recorded.first
    assert logarithm(recorded.first).operation == "log"


def test_numpy_numbers_leave_arithmetic_to_nodes(recorded: Recorded) -> None:
    assert np.float64(2.0) * recorded.first is recorded.first * 2.0
    assert np.float64(2.0) - recorded.first is 2.0 - recorded.first


def test_dimensions_are_those_of_the_axis(recorded: Recorded) -> None:
    assert (recorded.number.ndim, recorded.number.shape) == (0, ())
    assert recorded.first.ndim == 1
    assert steps(recorded.first.shape[0]) == ("length", ("family",), None)


def test_what_is_positive(recorded: Recorded) -> None:
    xp, x, y = recorded.xp, recorded.first, recorded.second
    positive = xp.exp(x)
    known = (
        positive,
        positive + xp.exp(y),
        positive * 2,
        1 / positive,
        xp.maximum(x, 1e-3),
        xp.minimum(positive, 2.0),
        xp.sigmoid(x),
        x.shape[0],
    )
    unknown = (x, x + positive, positive - xp.exp(y), -positive, abs(x), xp.sqrt(x), xp.minimum(positive, x), x * 0)
    assert all(is_positive(node) for node in known)
    assert not any(is_positive(node) for node in unknown)
    assert not is_positive(Tape().number(-1.0))


def test_a_variable_power_of_a_positive_base_is_an_exponential(recorded: Recorded) -> None:
    power = recorded.xp.exp(recorded.first) ** recorded.second
    assert power is recorded.xp.exp(recorded.first * recorded.second)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_zero_to_a_variable_power_has_finite_derivatives(recorded: Recorded, exponent: float) -> None:
    power = recorded.first**recorded.number
    point = np.ones(SIZE)
    point[0], point[3:6] = exponent, (0.0, 1.0, 4.0)
    value, slopes = value_and_gradient(recorded, recorded.xp.sum(power))(point)
    assert value == pytest.approx(1 + 4**exponent)
    assert slopes[0] == pytest.approx(4**exponent * np.log(4))  # nothing from 0, where the power stays 0
    expected = [float(exponent == 1), exponent, exponent * 4 ** (exponent - 1)]
    np.testing.assert_allclose(slopes[3:6], expected, rtol=1e-13)


def test_power_zero_is_one_without_a_derivative(recorded: Recorded) -> None:
    value = recorded.xp.sum(recorded.first**0.0)
    result, slopes = value_and_gradient(recorded, value)(np.zeros(SIZE))
    assert result == 3.0
    np.testing.assert_array_equal(slopes, 0.0)
