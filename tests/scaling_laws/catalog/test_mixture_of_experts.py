"""Laws of mixtures of experts against printed formulas."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, sampled_inputs, source


def test_moe_leverage_matches_the_printed_formula() -> None:
    inputs = sampled_inputs(law("moe_leverage"), 50, np.random.default_rng(7))
    ratio, g, c = inputs["active_ratio"], np.log2(inputs["granularity"]), np.log10(inputs["flops"])
    saturated = 1 / (1 / (ratio + 1 / (1 / 1.63e-2 - 1 / 5.28e16)) + 1 / 5.28e16)
    printed = saturated ** (1.23 - 7.61e-2 * c + 1.67e-2 * g**2 - 1.17e-1 * g)
    assert law("moe_leverage").predict(inputs, first("moe_leverage")) == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize(
    ("start", "a", "b", "c", "d", "least", "most"),
    [
        ("S-BASE", -0.082, -0.108, 0.009, 1.104, 1.847, 314.5),
        ("RL-R", -0.083, -0.126, 0.012, 1.111, 1.880, 470.0),
        ("HASH", -0.087, -0.136, 0.012, 1.157, 4.175, 478.0),
    ],
)
def test_moe_clark_matches_the_printed_bilinear_law(
    start: str, a: float, b: float, c: float, d: float, least: float, most: float
) -> None:
    inputs = sampled_inputs(law("moe_clark"), 50, np.random.default_rng(8))
    inputs["n_experts"][0] = 1.0
    n = np.log10(inputs["n_params"])
    effective = 1 / (1 / (inputs["n_experts"] - 1 + 1 / (1 / least - 1 / most)) + 1 / most)
    assert effective[0] == pytest.approx(least)  # a dense model
    e = np.log10(effective)
    predicted = law("moe_clark").predict(inputs, source("moe_clark", start))
    assert predicted == pytest.approx(10 ** (a * n + b * e + c * n * e + d), rel=1e-9)


def test_moe_granularity_and_sparsity_match_their_printed_formulas() -> None:
    inputs = sampled_inputs(law("moe_granularity"), 50, np.random.default_rng(9))
    n, d, g = inputs["n_params"], inputs["n_tokens"], inputs["granularity"]
    printed = 0.47 + (2.1 / g**0.58 + 18.1) / n**0.115 + 30.8 / d**0.147
    assert law("moe_granularity").predict(inputs, first("moe_granularity")) == pytest.approx(printed, rel=1e-10)
    inputs = sampled_inputs(law("moe_sparsity"), 50, np.random.default_rng(10))
    n, d, s = inputs["n_params"], inputs["n_tokens"], inputs["sparsity"]
    printed = 16612.5 / n**0.5962 + 5455.67 / d**0.3954 + 0.4598 / (1 - s) ** -0.1666
    printed += 17.26 / ((1 - s) ** 0.1603 * n**0.1595) + 0.94
    assert law("moe_sparsity").predict(inputs, first("moe_sparsity")) == pytest.approx(printed, rel=1e-10)


def test_moe_leverage_is_greatest_at_the_printed_granularity() -> None:
    entry = law("moe_leverage")
    (values,) = entry.published.values()
    granularity = np.linspace(2, 16, 1401)
    predicted = entry.predict({"active_ratio": 0.031, "granularity": granularity, "flops": 1e22}, values)
    assert 8 < granularity[np.argmax(predicted)] < 12
