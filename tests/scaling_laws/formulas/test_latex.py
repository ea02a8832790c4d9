"""LaTeX of formulas and names."""

import pytest

from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.formulas.latex import symbol


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
    ("name", "latex"),
    [
        ("n_params", "N"),
        ("alpha_N", r"\alpha_{N}"),
        ("learning_rate", r"\mathrm{learning\_rate}"),
        ("e_inf", r"e_{\mathrm{inf}}"),
        ("q", "q"),
    ],
)
def test_symbol_of_a_name(name: str, latex: str) -> None:
    assert symbol(name) == latex
