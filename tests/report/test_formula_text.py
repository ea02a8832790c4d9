"""Formulas of laws as text compute what the law computes, and drawn priors have the shape of the prior."""

import numpy as np
import pytest

from bayescale.report.catalog import middle
from bayescale.report.formula_text import BLOCKS, plain, sparkline
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Link
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.registry import CATALOGUE, law
from bayescale.scaling_laws.terms import floor, power, term

NAMES = sorted(CATALOGUE)


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_formula_computes_the_law(name: str) -> None:
    entry = law(name)
    right = plain(entry).partition(" = ")[2]
    read = Formula(right.replace("^", "**").replace("·", "*").replace("[", "(").replace("]", ")"))
    rng = np.random.default_rng(3)
    parameters = {one.name: one.prior.quantile(rng.uniform(0.3, 0.7)) for one in entry.parameters}
    inputs = middle(entry)
    assert inputs is not None
    with np.errstate(all="ignore"):
        assert read.evaluate({**inputs, **parameters}, np) == pytest.approx(entry.predict(inputs, parameters), rel=1e-9)


def test_plain_formulas() -> None:
    pair = power("A", "alpha", "n_params") + power("B", "beta", "n_tokens")
    assert plain(Law("x", floor("E") + pair)) == "L = E + A·n_params^-alpha + B·n_tokens^-beta"
    assert plain(law("joint")) == "L = E + [(A·n_params^-alpha)^(1/q) + (B·n_tokens^-beta)^(1/q)]^q"
    assert plain(law("kaplan_params")) == "L = (N_c/n_params)^alpha_N"
    assert plain(law("passuntil")) == "pass_rate = exp(-(c·n_params^-alpha))"
    failing = Law("x", term("-x**2 + y"), link=Link("failure"), response="rate")
    assert plain(failing) == "rate = 1 - exp(-(-x^2 + y))"
    assert plain(Law("x", power("A", "a", "n / 2") + term("-2*n"))) == "L = A·(n / 2)^-a - 2·n"


@pytest.mark.parametrize("prior", [normal(0.0, 1.0), normal(5.0, 0.2), logitnormal(0.0, 0.5), logitnormal(0.0, 3.0)])
def test_symmetric_priors_look_symmetric(prior: Prior) -> None:
    drawn = sparkline(prior)
    assert drawn == drawn[::-1]
    assert len(drawn) == 16
    assert len(set(drawn)) > 2


def test_sparklines_show_the_shape_of_a_prior() -> None:
    bell, skewed, bowl = sparkline(normal(0, 1)), sparkline(lognormal(1.0, 0.5)), sparkline(logitnormal(0.0, 4.0))
    assert bell[7] == bell[8] == BLOCKS[-1]
    assert bell[0] == BLOCKS[0]
    assert skewed.index(BLOCKS[-1]) < 5
    assert skewed[-4:] == BLOCKS[0] * 4
    assert bowl[0] == bowl[-1] == BLOCKS[-1]
    assert bowl[8] in BLOCKS[:2]
    assert sparkline(Prior("log", 0.0, 5000.0)) == ""
    assert sparkline(Prior("logit", 50.0, 1.0)) == ""
