"""The recommended mixture of simulated losses, its gain, the weighted mean of responses, and refusals."""

import numpy as np
import pandas as pd
import pytest

from bayescale.errors import InputError, LawError
from bayescale.plots.mixture import plot_mixture
from bayescale.scaling.decisions.mixture import mixture
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.response_mean import forecast_mean
from bayescale.scaling.preview import preview
from bayescale.scaling.responses import law_of_table, stack_responses
from bayescale.scaling.result import Fit

DOMAINS = ("web", "code")
TARGET = {"n_params": 2e9, "n_tokens": 4e10, "weight_web": 0.5, "weight_code": 0.5}


def true_loss(own: np.ndarray, other: np.ndarray, n_params: np.ndarray, n_tokens: np.ndarray) -> np.ndarray:
    """Loss of a domain: half of the worth of the other domain's parameters, a tenth of its tokens."""
    size, data = n_params * (own + 0.5 * other), n_tokens * (own + 0.1 * other)
    return np.asarray(1.2 + 200 * size**-0.3 + 1500 * data**-0.35)


@pytest.fixture(scope="module")
def fitted() -> FittedLaws:
    """Two losses of 48 runs, with an effect of a run that both share."""
    rng = np.random.default_rng(3)
    n_params = np.tile([1e8, 2e8, 4e8, 8e8], 12)
    n_tokens = n_params * rng.choice([20.0, 40.0], 48)
    web = np.repeat(np.linspace(0.1, 0.9, 12), 4)
    lucky = rng.normal(0, 0.004, 48)
    table = pd.DataFrame({"n_params": n_params, "n_tokens": n_tokens, "weight_web": web, "weight_code": 1 - web})
    table["run"] = [f"r{i}" for i in range(48)]
    for name, own in (("web", web), ("code", 1 - web)):
        noise = lucky + rng.normal(0, 0.001, 48)
        table[f"{name}_loss"] = true_loss(own, 1 - own, n_params, n_tokens) * np.exp(noise)
    runs = stack_responses(table, ["web_loss", "code_loss"])
    return preview(runs, law_of_table("mixture_effective", runs), discrepancy=False, random_seed=1).laws


@pytest.mark.slow
def test_recommended_weights_are_near_the_best_ones(fitted: FittedLaws) -> None:
    choice = mixture(fitted, 6 * 2e9 * 4e10, tokens_per_param=20)
    web = np.linspace(0.1, 0.9, 801)
    size = np.full_like(web, 2e9), np.full_like(web, 4e10)
    mean = (true_loss(web, 1 - web, *size) + true_loss(1 - web, web, *size)) / 2
    recommended = choice.weights["weight_web"]
    assert choice.n_params == pytest.approx(2e9)
    assert sum(choice.weights.values()) == pytest.approx(1)
    assert np.interp(recommended, web, mean) < mean.min() * 1.001
    row = choice.table.set_index("domain").loc["web"]
    assert row["best_lower"] - 0.01 <= recommended <= row["best_upper"] + 0.01
    assert plot_mixture(choice).axes[0].get_xlabel() == "share of the training tokens"


@pytest.mark.slow
def test_weights_of_losses_move_the_mixture_and_gain_is_over_the_baseline(fitted: FittedLaws) -> None:
    even, of_web = (
        mixture(fitted, 1e20, weights, baseline={"web": 0.1, "code": 0.9})
        for weights in (None, {"web_loss": 9.0, "code_loss": 1.0})
    )
    assert of_web.weights["weight_web"] > even.weights["weight_web"] + 0.1
    assert of_web.gain["better"][0] == 1
    assert of_web.gain["gain_median"][0] > 0
    assert of_web.losses["share"].tolist() == [0.1, 0.9]  # families are in the order of their names


@pytest.mark.slow
def test_mean_of_correlated_responses_is_wider_than_of_independent_ones(fitted: FittedLaws) -> None:
    found = forecast_mean(fitted, TARGET)
    assert found.correlation.loc["web_loss", "code_loss"] > 0.6
    deviation = np.log(found.dataset["run"] / found.dataset["law"]).to_numpy().std()
    alone = forecast_mean(fitted, TARGET, {"web_loss": 1})
    of_one = np.log(alone.dataset["run"] / alone.dataset["law"]).to_numpy().std()
    assert deviation > 0.85 * of_one  # 0.71 of it where independent


@pytest.mark.slow
def test_all_problems_of_a_baseline_are_named(fitted: FittedLaws) -> None:
    with pytest.raises(InputError, match=r"sum to 0\.7, not to 1"):
        mixture(fitted, 1e20, baseline={"web": 0.3, "code": 0.4})
    with pytest.raises(InputError, match="no response 'wb_loss'"):
        mixture(fitted, 1e20, {"wb_loss": 1})
    with pytest.raises(InputError, match=r"weights sum to 0\.9, not to 1"):
        forecast_mean(fitted, TARGET | {"weight_web": 0.4})


def test_law_without_weights_is_refused(plain_fit: Fit) -> None:
    with pytest.raises(LawError, match="two or more weights"):
        plain_fit.mixture(1e21)
