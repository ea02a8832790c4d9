"""Laws of mixtures of experts against printed formulas."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import LawError
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


#: Ludziejewski et al. 2025, table 4: experts, and m, mu, n, nu of L = m N^-mu + n D^-nu + 1.3637.
OF_EXPERTS = [
    (1, 30.3640, 0.1817, 53.9838, 0.1965),
    (2, 27.7982, 0.1780, 66.8401, 0.2065),
    (4, 24.8462, 0.1731, 87.7022, 0.2192),
    (8, 21.8330, 0.1676, 119.9126, 0.2338),
    (16, 19.0159, 0.1617, 167.5073, 0.2494),
    (32, 16.5424, 0.1557, 234.6726, 0.2652),
]
#: Table 1: budget, experts, compute-optimal active parameters and tokens.
COMPUTE_OPTIMAL = [
    *((1e20, 1, 1.7e9, 9.7e9), (1e20, 4, 1.2e9, 13.9e9), (1e20, 32, 669e6, 24.9e9)),
    *((1e21, 1, 5.7e9, 29.3e9), (1e21, 8, 3.8e9, 44.3e9), (1e21, 32, 2.85e9, 58.4e9)),
    *((1e22, 1, 18.8e9, 88.6e9), (1e22, 8, 14.4e9, 115.8e9), (1e22, 32, 12.2e9, 136.9e9)),
]


@pytest.mark.parametrize(("experts", "m", "mu", "n", "nu"), OF_EXPERTS)
def test_moe_joint_reduces_to_the_printed_law_of_each_number_of_experts(
    experts: int, m: float, mu: float, n: float, nu: float
) -> None:
    inputs = sampled_inputs(law("moe_joint"), 50, np.random.default_rng(11))
    size, data = inputs["n_params_active"], inputs["n_tokens"]
    predicted = law("moe_joint").predict({**inputs, "n_experts": experts}, first("moe_joint"))
    assert predicted == pytest.approx(m * size**-mu + n * data**-nu + 1.3637, rel=1.5e-3)  # exponents of four digits


@pytest.mark.parametrize(("budget", "experts", "size", "data"), COMPUTE_OPTIMAL)
def test_moe_joint_gives_the_printed_compute_optimal_runs(
    budget: float, experts: int, size: float, data: float
) -> None:
    sizes = np.geomspace(size / 3, size * 3, 20_001)
    inputs = {"n_params_active": sizes, "n_tokens": budget / 6 / sizes, "n_experts": experts}
    best = sizes[law("moe_joint").predict(inputs, first("moe_joint")).argmin()]
    assert best == pytest.approx(size, rel=0.04)
    assert budget / 6 / best == pytest.approx(data, rel=0.04)


def test_moe_joint_of_one_expert_is_a_dense_law() -> None:
    values = first("moe_joint")
    dense = law("moe_joint").predict({"n_params_active": 1e9, "n_tokens": 1e10, "n_experts": 1}, values)
    assert dense == pytest.approx(
        values["c"] + values["A"] * 1e9 ** -values["alpha"] + values["B"] * 1e10 ** -values["beta"], rel=1e-12
    )


@pytest.mark.slow
def test_moe_joint_recovers_its_published_law_and_plans_active_parameters() -> None:
    """Runs simulated from the published law on sizes of the source: loss at ten times the data, and optimal runs."""
    rng, values = np.random.default_rng(0), first("moe_joint")
    sizes, experts, data = np.meshgrid([79e6, 169e6, 469e6, 1.1e9, 2.7e9], [1, 2, 8, 32], [5e8, 2e9, 8e9, 32e9])
    table = pd.DataFrame(
        {"n_params_active": sizes.ravel(), "n_experts": experts.ravel().astype(float), "n_tokens": data.ravel()}
    )
    clean = law("moe_joint").predict({name: table[name].to_numpy() for name in table}, values)
    table["loss"] = clean * np.exp(rng.normal(0, 0.004, len(table)))
    assert "moe_joint" in bs.describe(table).laws
    fit = bs.fit(table, law="moe_joint", discrepancy=False, random_seed=1)
    target = {"n_params_active": 1e10, "n_tokens": 2e11, "n_experts": 32}
    row = fit.forecast(target).table.iloc[0]
    assert row.law_lower < law("moe_joint").predict(target, values) < row.law_upper
    for budget, count, size, _ in COMPUTE_OPTIMAL[:3]:
        plan = fit.allocate(budget, cost="6 * n_params_active * n_tokens", at={"n_experts": count}).table.iloc[0]
        assert plan.n_params_active_lower < size < plan.n_params_active_upper
    with pytest.raises(LawError, match=r"cost='6 \* n_params_active \* n_tokens'"):
        fit.allocate(1e21, at={"n_experts": 8})
