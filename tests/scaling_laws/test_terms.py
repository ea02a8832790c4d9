"""Terms: their formulas, and how they add to an expression."""

import numpy as np
import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.terms import floor, joined, power, scaled_power, term

N = {"n_params": 1e9}


def test_power_and_scaled_power_match_their_formulas() -> None:
    value = power("A", "alpha", "n_params").evaluate(N, {"A": 400.0, "alpha": 0.34}, np)
    assert value == pytest.approx(400.0 * 1e9**-0.34)
    value = scaled_power("N_c", "alpha", "n_params").evaluate(N, {"N_c": 8.8e13, "alpha": 0.076}, np)
    assert value == pytest.approx((8.8e13 / 1e9) ** 0.076)


def test_joined_terms_add_at_q_1_and_tend_to_the_larger_as_q_goes_to_0() -> None:
    terms = joined("q", power("A", "a", "x"), power("B", "b", "x"))
    parameters = {"A": 3.0, "a": 0.0, "B": 2.0, "b": 0.0}
    assert terms.evaluate({"x": 1.0}, {**parameters, "q": 1.0}, np) == pytest.approx(5.0)
    assert terms.evaluate({"x": 1.0}, {**parameters, "q": 1e-3}, np) == pytest.approx(3.0)


def test_a_second_floor_and_terms_beside_joined_ones_are_refused() -> None:
    with pytest.raises(LawError, match="one floor, not both 'E' and 'F'"):
        floor("E") + floor("F")
    terms = joined("q", power("A", "a", "x"), power("B", "b", "x"))
    with pytest.raises(LawError, match=r"pass every power term to joined"):
        terms + power("C", "c", "x")


def test_terms_add_to_powers() -> None:
    assert (floor("E") + term("k * x")).latex == "E + k\\,x"
    assert (term("a") + term("b")).extra.text == "(a) + (b)"  # type: ignore[union-attr]
