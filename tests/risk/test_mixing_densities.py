"""Densities of mixing laws against their distribution functions."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import gammainc
from scipy.stats import beta as beta_distribution
from scipy.stats import norm

from bayescale.risk.grid import RATE, STEP, X
from bayescale.risk.mixing import MIXINGS


def stacy(mode: float, alpha: float, c: float, rate: float) -> float:
    """P(lambda < rate) of the generalised gamma law."""
    return float(gammainc(alpha / c, alpha / c * (rate / np.exp(mode)) ** c))


@pytest.mark.parametrize(
    ("name", "parameters", "below"),
    [
        ("generalised_gamma", {"mode": -3.0, "alpha": 0.5, "c": 0.8}, lambda p: stacy(-3.0, 0.5, 0.8, -np.log1p(-p))),
        ("logit_normal", {"m": -3.0, "s": 1.7}, lambda p: norm.cdf(np.log(p / (1 - p)), -3.0, 1.7)),
        ("beta", {"a": 0.7, "b": 6.0}, lambda p: beta_distribution.cdf(p, 0.7, 6.0)),
        ("kumaraswamy", {"a": 0.7, "b": 6.0}, lambda p: 1 - (1 - p**0.7) ** 6.0),
        ("scaled_beta", {"a": 0.7, "b": 6.0, "top": 0.4}, lambda p: beta_distribution.cdf(p / 0.4, 0.7, 6.0)),
        (
            "two_components",
            {"mode": -2.0, "alpha": 0.8, "c": 0.7, "hard": 0.3, "alpha_hard": 0.6, "gap": 4.0},
            lambda p: 0.7 * stacy(-2.0, 0.8, 0.7, -np.log1p(-p)) + 0.3 * stacy(-6.0, 0.6, 1.0, -np.log1p(-p)),
        ),
    ],
)
def test_mass_on_the_nodes_equals_the_distribution_function(
    name: str, parameters: dict[str, float], below: Callable[[float], float]
) -> None:
    mass, zero = MIXINGS[name].mass({key: np.array([value]) for key, value in parameters.items()})
    cumulative = zero[0] + np.cumsum(mass[0])
    for node in (120, 160, 190, 210):
        edge = float(-np.expm1(-np.exp(X[node] + STEP / 2)))
        assert cumulative[node] == pytest.approx(below(edge), abs=1e-3)


def test_gamma_law_has_closed_form_asr() -> None:
    """At c = 1 lambda is gamma, and ASR@N = 1 - (1 + N theta)^-alpha."""
    mode, alpha = -4.0, 0.6
    theta = np.exp(mode) / alpha
    parameters = {"mode": mode, "alpha": alpha, "c": 1.0}
    mass, _ = MIXINGS["generalised_gamma"].mass({key: np.array([value]) for key, value in parameters.items()})
    for budget in (1, 100, 10_000):
        asr = mass[0] @ -np.expm1(-budget * RATE)
        assert asr == pytest.approx(1 - (1 + budget * theta) ** -alpha, abs=1e-6)


def test_kumaraswamy_quantiles() -> None:
    a, b = 0.6, 5.0
    mass, _ = MIXINGS["kumaraswamy"].mass({"a": np.array([a]), "b": np.array([b])})
    p = -np.expm1(-RATE)
    for threshold in (0.01, 0.1, 0.5):
        assert mass[0][p < threshold].sum() == pytest.approx(1 - (1 - threshold**a) ** b, abs=0.02)
