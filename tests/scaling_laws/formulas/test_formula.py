"""Formulas as text: their values, LaTeX, and what is refused."""

import math

import numpy as np
import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.formulas.formula import Formula


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a - b - c", {"a": 1.0, "b": 2.0, "c": 3.0}, -4.0),
        ("-a**2", {"a": 3.0}, -9.0),
        ("a**b**c", {"a": 2.0, "b": 3.0, "c": 2.0}, 512.0),
        ("a / b / c", {"a": 12.0, "b": 3.0, "c": 2.0}, 2.0),
        ("log2(a) + log10(b) + log1p(c)", {"a": 8.0, "b": 100.0, "c": 0.0}, 5.0),
        ("max(a, b) - min(a, b) + sigmoid(0)", {"a": 1.0, "b": 3.0}, 2.5),
        ("logaddexp(a, b) + sqrt(4)", {"a": 0.0, "b": 0.0}, math.log(2) + 2),
    ],
)
def test_formulas_evaluate_as_python_does(text: str, values: dict[str, float], expected: float) -> None:
    assert float(Formula(text).evaluate(values, np)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.b",
        "a[0]",
        "a if b else c",
        "lambda: 1",
        "a < b",
        "[a for a in b]",
        "True",
        "'a'",
        "exp(a, b)",
        "exp(x=a)",
        "sin(a)",
        "a := 1",
        "a +",
        "",
        "1" * 5000,
        "(" * 90 + "a" + ")" * 90 + "+" * 70 + "a",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(LawError, match="formula"):
        Formula(text)


def test_a_misused_formula_names_value_and_fix() -> None:
    with pytest.raises(LawError, match=r"formula 'exp\(a, b\)': exp takes 1 argument, not 2"):
        Formula("exp(a, b)")
    with pytest.raises(LawError, match=r"formula 'a \+' is not valid arithmetic .*; write it as in Python"):
        Formula("a +")
    with pytest.raises(LawError, match=r"no function is called 'sine'"):
        Formula("sine(a)")
    with pytest.raises(LawError, match=r"exp is a function; write exp\(\.\.\.\), or rename the parameter"):
        Formula("exp * a")


def test_the_logarithm_of_an_exponential_does_not_overflow() -> None:
    assert Formula("a * exp(b)").log({"a": 2.0, "b": 1e4}, np) == pytest.approx(math.log(2) + 1e4)
