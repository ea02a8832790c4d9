"""How noise varies unless a fit says otherwise, and how wide forecasts of rising responses are then."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.registry import CATALOGUE

RISING = ("optimal_size", "critical_batch", "model_size_growth", "optimal_batch", "optimal_lr", "knowledge_capacity")
SCORES = ("observational", "sloth", "rl_sigmoid", "ladder", "u_shape", "speculative_decoding", "bleu_log")
FALLING = ("joint", "chinchilla", "farseer", "frontier", "data_pruning", "m2", "batch_trajectory")


@pytest.mark.parametrize("name", [*RISING, *SCORES])
def test_noise_of_what_is_no_loss_is_constant_unless_asked(name: str) -> None:
    assert make_spec(name, None, True, None, None).noise == "constant"
    assert make_spec(name, None, True, "growing", None).noise == "growing"


@pytest.mark.parametrize("name", FALLING)
def test_noise_grows_with_what_scale_removes(name: str) -> None:
    assert make_spec(name, None, True, None, None).noise == "growing"


def test_every_law_with_power_terms_has_noise_that_grows() -> None:
    assert {law.usual_noise for law in CATALOGUE.values() if law.expression.powers} == {"growing"}


@pytest.fixture(scope="module")
def best_sizes() -> tuple[pd.DataFrame, float]:
    """Best sizes over three decades of compute, and the spread of their logarithms."""
    rng, noise = np.random.default_rng(3), 0.08
    flops = np.geomspace(1e18, 1e21, 16)
    clean = bs.law("optimal_size").predict({"flops": flops}, {"N_0": 8e8, "a": 0.5})
    return pd.DataFrame({"flops": flops, "n_params": clean * np.exp(noise * rng.standard_normal(len(flops)))}), noise


def test_forecast_of_a_rising_response_is_as_wide_as_its_noise(best_sizes: tuple[pd.DataFrame, float]) -> None:
    table, noise = best_sizes
    fitted = bs.fit(table, law="optimal_size", random_seed=1, progress=False)
    assert fitted.check().passed
    target = {"flops": 3e22}
    answer = fitted.forecast([target]).table.iloc[0]
    truth = bs.law("optimal_size").predict(target, {"N_0": 8e8, "a": 0.5})
    assert answer["law_lower"] < truth < answer["law_upper"]
    width = np.log(answer["run_upper"] / answer["run_lower"])
    assert 2 * 1.64 * noise < width < 4 * 2 * 1.64 * noise
