"""The recommended mixture of simulated losses, its gain, the weighted mean of responses, and refusals."""

import numpy as np
import pytest

from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.mixtures.choice import mixture
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.result import Fit
from tests.mixtures import true_loss


@pytest.mark.slow
def test_recommended_weights_are_near_the_best_ones(mixture_laws: FittedLaws) -> None:
    choice = mixture(mixture_laws, 6 * 2e9 * 4e10, tokens_per_param=20)
    web = np.linspace(0.1, 0.9, 801)
    size = np.full_like(web, 2e9), np.full_like(web, 4e10)
    mean = (true_loss(web, 1 - web, *size) + true_loss(1 - web, web, *size)) / 2
    recommended = choice.weights["weight_web"]
    assert choice.n_params == pytest.approx(2e9)
    assert sum(choice.weights.values()) == pytest.approx(1)
    assert np.interp(recommended, web, mean) < mean.min() * 1.001
    row = choice.table.set_index("domain").loc["web"]
    assert row["best_lower"] - 0.01 <= recommended <= row["best_upper"] + 0.01


@pytest.mark.slow
def test_weights_of_losses_move_the_mixture_and_gain_is_over_the_baseline(mixture_laws: FittedLaws) -> None:
    even, of_web = (
        mixture(mixture_laws, 1e20, weights, baseline={"web": 0.1, "code": 0.9})
        for weights in (None, {"web_loss": 9.0, "code_loss": 1.0})
    )
    assert of_web.weights["weight_web"] > even.weights["weight_web"] + 0.1
    assert of_web.gain["better"][0] == 1
    assert of_web.gain["gain_median"][0] > 0
    assert of_web.losses["share"].tolist() == [0.1, 0.9]  # families are in the order of their names


@pytest.mark.slow
def test_all_problems_of_a_baseline_are_named(mixture_laws: FittedLaws) -> None:
    with pytest.raises(InputError, match=r"sum to 0\.7, not to 1"):
        mixture(mixture_laws, 1e20, baseline={"web": 0.3, "code": 0.4})
    with pytest.raises(InputError, match="no response 'wb_loss'"):
        mixture(mixture_laws, 1e20, {"wb_loss": 1})


def test_law_without_weights_is_refused(plain_fit: Fit) -> None:
    with pytest.raises(LawError, match="two or more weights"):
        plain_fit.mixture(1e21)
