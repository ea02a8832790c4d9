"""Every elementwise instruction computes what NumPy and SciPy do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from bayescale.scaling.kernel.instructions import INSTRUCTIONS
from tests.scaling.kernel.evaluation import elementwise, elementwise_by_family

ANY = np.linspace(-30.0, 30.0, 601)
POSITIVE = np.geomspace(1e-12, 1e12, 601)
OTHER = np.linspace(3.0, -2.0, 601)

EXPECTED: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "add": (np.add, (ANY, OTHER)),
    "subtract": (np.subtract, (ANY, OTHER)),
    "multiply": (np.multiply, (ANY, OTHER)),
    "divide": (np.divide, (ANY, POSITIVE)),
    "power": (np.power, (POSITIVE, OTHER)),
    "exp": (np.exp, (ANY,)),
    "log": (np.log, (POSITIVE,)),
    "log1p": (np.log1p, (POSITIVE,)),
    "expm1": (np.expm1, (ANY * 1e-3,)),
    "sqrt": (np.sqrt, (POSITIVE,)),
    "abs": (np.abs, (ANY,)),
    "sign": (lambda x: np.copysign(1.0, x), (ANY,)),
    "sigmoid": (special.expit, (30 * ANY,)),
    "gammaln": (special.gammaln, (POSITIVE,)),
    "digamma": (special.digamma, (np.geomspace(1e-2, 1e6, 601),)),
    "minimum": (np.minimum, (ANY, OTHER)),
    "maximum": (np.maximum, (ANY, OTHER)),
    "is_at_most": (np.less_equal, (ANY, OTHER)),
    "log_if_positive": (lambda x: np.log(x, out=np.zeros_like(x), where=x > 0), (np.maximum(ANY, 0.0),)),
    "held": (np.positive, (ANY,)),
}


def test_every_instruction_is_compared() -> None:
    assert set(EXPECTED) == set(INSTRUCTIONS)


@pytest.mark.parametrize("operation", INSTRUCTIONS)
def test_values_are_those_of_numpy(operation: str) -> None:
    function, operands = EXPECTED[operation]
    values = elementwise(operation, *operands)
    np.testing.assert_allclose(values, function(*operands), rtol=1e-13, atol=1e-14)
    np.testing.assert_array_max_ulp(values, elementwise_by_family(operation, *operands), 2)


def test_digamma_is_exact_near_its_zero() -> None:
    x = np.linspace(1.4, 1.5, 101)
    np.testing.assert_allclose(elementwise("digamma", x), special.digamma(x), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "operation", ["maximum", "minimum", "add", "multiply", "power", "exp", "log", "sigmoid", "abs"]
)
def test_nan_is_not_lost(operation: str) -> None:
    n_operands = len(EXPECTED[operation][1])
    for i in range(n_operands):
        operands = [np.array([2.0, 3.0, 0.5]) for _ in range(n_operands)]
        operands[i][1] = np.nan
        np.testing.assert_array_equal(np.isnan(elementwise(operation, *operands)), [False, True, False])


def test_infinity_keeps_its_meaning() -> None:
    infinite = np.array([np.inf, -np.inf])
    np.testing.assert_array_equal(elementwise("exp", infinite), [np.inf, 0.0])
    np.testing.assert_array_equal(elementwise("sigmoid", infinite), [1.0, 0.0])
    np.testing.assert_array_equal(elementwise("maximum", infinite, np.zeros(2)), [np.inf, 0.0])
    np.testing.assert_array_equal(elementwise("log", np.array([0.0, np.inf])), [-np.inf, np.inf])
    assert np.isnan(elementwise("subtract", infinite[:1], infinite[:1])).all()
