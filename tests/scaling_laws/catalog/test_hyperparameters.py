"""Laws of the best model size, learning rate and batch size against printed values."""

import numpy as np
import pytest

from bayescale.scaling_laws.registry import law
from tests.scaling_laws.catalog.helpers import first, source


def test_model_size_grows_as_a_power_of_data() -> None:
    sizes = law("model_size_growth").predict({"examples": np.array([1e8, 1e9])}, {"s_0": 1e7, "b": 0.69})
    assert sizes == pytest.approx([1e7, 1e7 * 10**0.69])


@pytest.mark.parametrize(("start", "ratio"), [("Hoffmann", 92.647), ("Besiroglu", 18.391)])
def test_optimal_size_has_the_tokens_per_parameter_of_its_law(start: str, ratio: float) -> None:
    size = law("optimal_size").predict({"flops": 5.76e23}, source("optimal_size", start))
    assert 5.76e23 / 6 / size**2 == pytest.approx(ratio, abs=6e-4)


def test_step_law_matches_the_paper() -> None:
    inputs = {"n_params": np.array([1e9, 7e9]), "n_tokens": np.array([1e11, 1e12])}
    rates = law("optimal_lr").predict(inputs, first("optimal_lr"))
    assert rates[0] == pytest.approx(1.6325e-3, abs=6e-8)
    assert rates[1] == pytest.approx(8.27e-4, abs=6e-7)
    batches = law("optimal_batch").predict({"n_tokens": inputs["n_tokens"]}, first("optimal_batch"))
    assert batches[0] == pytest.approx(1.1077e6, abs=60)
    assert batches[1] == pytest.approx(4.13e6, abs=6e3)


def test_optimizer_scales_are_factors_of_sizes_and_tokens() -> None:
    """A recipe with factors rho reaches the loss of the baseline of rho_N times the size and rho_D times the tokens.

    The factors are those that are quoted for Muon over AdamW: 1 and 2.08.
    """
    a, alpha, b, beta, rho_n, rho_d = 400.0, 0.34, 410.0, 0.28, 1.0, 2.08
    baseline = {"E": 1.7, "N_c": a ** (1 / alpha), "alpha": alpha, "D_c": b ** (1 / beta), "beta": beta}
    recipe = {**baseline, "N_c": baseline["N_c"] / rho_n, "D_c": baseline["D_c"] / rho_d}
    loss = law("optimizer_rescaling").predict({"n_params": 5e8, "n_tokens": 2e10}, recipe)
    assert loss == pytest.approx(1.7 + a / (rho_n * 5e8) ** alpha + b / (rho_d * 2e10) ** beta, rel=1e-12)
    matched = {"n_params": rho_n * 5e8, "n_tokens": rho_d * 2e10}
    assert law("optimizer_rescaling").predict(matched, baseline) == pytest.approx(loss, rel=1e-12)
