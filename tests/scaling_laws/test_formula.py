"""Formulas as text: their values, LaTeX, and what is refused."""

import math

import numpy as np
import pytest

from bayescale.errors import LawError
from bayescale.scaling_laws.formula import Formula


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
    ("text", "written"),
    [
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("(a + b) * c", r"\left(a + b\right)\,c"),
        ("A * n_params**-alpha", r"A\,N^{-\alpha}"),
        ("a / (b * c)", r"\frac{a}{b\,c}"),
        ("exp(-(R / tau))", r"\exp\left(-\frac{R}{\tau}\right)"),
        ("a - -b", r"a - \left(-b\right)"),
    ],
)
def test_latex_of_a_formula(text: str, written: str) -> None:
    assert Formula(text).latex == written


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
