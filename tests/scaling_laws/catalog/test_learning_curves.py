"""Learning curves in one input: nesting, breaks and limits."""

import math

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.published_values import ADDITION

X = np.geomspace(1e4, 1e12, 9)


def test_learning_curves_nest() -> None:
    base = law("m1").predict({"examples": X}, {"beta": 30.0, "c": 0.21})
    assert base == pytest.approx(30.0 * X**-0.21)
    same = {"beta": 30.0, "c": 0.21}
    assert law("m2").predict({"examples": X}, {**same, "e_inf": 0.0}) == pytest.approx(base)
    assert law("m3").predict({"examples": X}, {**same, "gamma": 0.0}) == pytest.approx(base)
    unbroken = {"a": 0.0, "b": 30.0, "c0": 0.21, "c1": 0.0, "d1": 1e8, "f1": 0.4}
    assert law("broken_power").predict({"examples": X}, unbroken) == pytest.approx(base)
    frontier = law("frontier").predict({"flops": X}, {"a": 30.0, "c": 0.21, "b": 0.0, "d": 0.1})
    assert frontier == pytest.approx(base + 0.1)


def test_m3_matches_the_printed_formula_and_levels_off() -> None:
    p = {"beta": 30.0, "c": 0.21, "gamma": 1e-9}
    assert law("m3").predict({"examples": X}, p) == pytest.approx(30.0 * (1 / X + 1e-9) ** 0.21)
    assert law("m3").predict({"examples": 1e30}, p) == pytest.approx(30.0 * 1e-9**0.21)


def test_broken_power_changes_its_slope_by_c1() -> None:
    p = {"a": 0.0, "b": 2.0, "c0": 0.1, "c1": 0.4, "d1": 1e8, "f1": 0.2}
    y = law("broken_power").predict({"examples": np.array([1e4, 1e5, 1e11, 1e12])}, p)
    assert math.log10(y[0] / y[1]) == pytest.approx(0.1, abs=1e-6)
    assert math.log10(y[2] / y[3]) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.4, 1.0, 2.5])
def test_m4_solves_its_equation_between_its_limits(alpha: float) -> None:
    p = {"e_0": 2.0, "fraction": 0.2, "beta": 0.7, "c": 0.35, "alpha": alpha}
    x = np.geomspace(1e5, 1e11, 7)
    y = law("m4").predict({"examples": x}, p)
    assert (np.diff(y) < 0).all()
    assert ((y > 0.4) & (y < 2.0)).all()
    printed_beta = 0.7 * 1e8**0.35 * (2.0 - 0.4) ** (1 - alpha)
    assert (y - 0.4) / (2.0 - y) ** alpha == pytest.approx(printed_beta * x**-0.35, rel=1e-6)
    assert law("m4").predict({"examples": 1e-60}, p) == pytest.approx(2.0, rel=1e-5)
    assert law("m4").predict({"examples": 1e80}, p) == pytest.approx(0.4, rel=1e-5)


def test_broken_power_matches_the_printed_formula() -> None:
    entry = law("broken_power")
    (p,) = entry.published.values()
    x = np.array([100.0, 405.0, 612.58, 900.0])
    a, b, c0, c1, d1, f1 = 0.4139, 2.2773, 0.0551, 5.663, 612.58, 0.0592
    printed = a + b * x**-c0 * (1 + (x / d1) ** (1 / f1)) ** (-c1 * f1)
    assert entry.predict({"examples": x}, p) == pytest.approx(printed, rel=1e-9)


def test_broken_power_is_finite_far_beyond_a_sharp_break() -> None:
    (p,) = law("broken_power").published.values()
    far = law("broken_power").predict({"examples": np.array([1e12, 1e200])}, p)
    assert far == pytest.approx([0.4139, 0.4139])


def test_broken_power_matches_the_authors_measurements() -> None:
    entry = law("broken_power")
    (values,) = entry.published.values()
    examples, loss = (np.array(column) for column in zip(*ADDITION, strict=True))
    assert entry.predict({"examples": examples}, values) == pytest.approx(loss, rel=0.05)


def test_u_shape_turns_where_its_slope_is_zero() -> None:
    entry = law("u_shape")
    flops = np.geomspace(1e20, 1e26, 601)
    accuracy = entry.predict({"flops": flops}, {"a": 0.0, "b": -0.5, "c": 0.25})
    assert np.log10(flops[accuracy.argmin()]) == pytest.approx(23.0, abs=0.02)  # at −b/2c decades above 1e22
    assert accuracy[0] > accuracy.min()
    assert accuracy[-1] > accuracy.min()


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "limit"),
    [
        ("m2", {"examples": 1e250}, {"e_inf": 0.3, "beta": 9.0, "c": 0.3}, 0.3),
        ("frontier", {"flops": 1e250}, {"a": 9.0, "c": 0.3, "b": 1e18, "d": 0.15}, 0.15),
        ("predictive_uncertainty", {"examples": 1e4}, {"U_1": 2.0, "gamma": 0.5}, 0.02),
    ],
)
def test_limits(name: str, inputs: dict[str, float], parameters: dict[str, float], limit: float) -> None:
    assert law(name).predict(inputs, parameters) == pytest.approx(limit, rel=1e-9)
