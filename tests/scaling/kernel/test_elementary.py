"""Exponential and logarithm as arithmetic are exact to about two units in the last place, over the whole range."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bayescale.scaling.kernel.elementary import EXP_HIGHEST, EXP_LOWEST, LEAST_NORMAL, number
from bayescale.scaling.kernel.storage import BLOCK, LANES
from tests.scaling.kernel.evaluation import elementwise, elementwise_by_family

RNG = np.random.default_rng(0)
BETWEEN = RNG.uniform(EXP_LOWEST, EXP_HIGHEST, 20_000)
SMALL = np.concatenate([sign * 10.0 ** RNG.uniform(-20, 0, 5_000) for sign in (-1, 1)])
POSITIVE = 10.0 ** RNG.uniform(-307, 308, 20_000)
NEAR_ONE = 1 + SMALL[np.abs(SMALL) < 0.5]
NEAR_POWERS = np.ldexp(1.0, np.arange(-1000, 1000)) * RNG.choice([1 - 2.0**-53, 1.0, 1 + 2.0**-52], 2000)

EXACT: dict[str, tuple[Callable[..., Any], Any]] = {
    "exp": (np.exp, np.concatenate([BETWEEN, SMALL, [0.0, -0.0, EXP_LOWEST + 1e-9, EXP_HIGHEST - 1e-9]])),
    "log": (np.log, np.concatenate([POSITIVE, NEAR_ONE, NEAR_POWERS, [1.0, LEAST_NORMAL, np.finfo(float).max]])),
    "log1p": (np.log1p, np.concatenate([POSITIVE, SMALL[SMALL > -1], [0.0, -1 + 2.0**-53]])),
}


@pytest.mark.parametrize("operation", EXACT)
@pytest.mark.parametrize("evaluate", [elementwise, elementwise_by_family], ids=["in blocks", "one by one"])
def test_values_are_exact_in_the_last_digits(operation: str, evaluate: Callable[..., Any]) -> None:
    function, x = EXACT[operation]
    with np.errstate(all="raise"):
        expected = function(x.astype(np.longdouble))
    errors = np.abs(evaluate(operation, x) - expected) / np.spacing(np.abs(expected.astype(float)))
    assert errors.max() < 2.5


ENDS: list[tuple[str, float, float]] = [
    ("exp", -np.inf, 0.0),
    ("exp", np.inf, np.inf),
    ("exp", EXP_LOWEST - 1, 0.0),
    ("exp", -1e300, 0.0),
    ("exp", EXP_HIGHEST + 1, np.inf),
    ("exp", 1e300, np.inf),
    ("exp", np.nan, np.nan),
    ("log", 0.0, -np.inf),
    ("log", -0.0, -np.inf),
    ("log", np.inf, np.inf),
    ("log", -1.0, np.nan),
    ("log", -np.inf, np.nan),
    ("log", np.nan, np.nan),
    ("log1p", -1.0, -np.inf),
    ("log1p", -2.0, np.nan),
    ("log1p", np.inf, np.inf),
    ("log1p", np.nan, np.nan),
]


@pytest.mark.parametrize(("operation", "x", "value"), ENDS)
def test_ends_of_the_range(operation: str, x: float, value: float) -> None:
    among_others = np.array([0.5, x, 0.5, 0.5, x])
    for evaluate in (elementwise, elementwise_by_family):
        values = evaluate(operation, among_others)
        np.testing.assert_array_equal(values[[1, 4]], value)
        assert np.isfinite(values[[0, 2, 3]]).all()


def test_an_exponential_and_its_logarithm_cancel() -> None:
    x = np.linspace(-700, 700, 1001)
    np.testing.assert_allclose(elementwise("log", elementwise("exp", x)), x, rtol=1e-14, atol=1e-15)


def test_a_constant_has_the_type_of_its_operand() -> None:
    assert str(number(2.0)) == "double 0x4000000000000000"
    vector = number(2.0, BLOCK)
    assert (vector.type, len(vector.constant)) == (BLOCK, LANES)
