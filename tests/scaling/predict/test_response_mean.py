"""Weighted means of several responses of one run."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.response_mean import forecast_mean

TARGET = {"n_params": 2e9, "n_tokens": 4e10, "weight_web": 0.5, "weight_code": 0.5}


@pytest.mark.slow
def test_mean_of_correlated_responses_is_wider_than_of_independent_ones(mixture_laws: FittedLaws) -> None:
    even = forecast_mean(mixture_laws, TARGET)
    assert even.correlation.loc["web_loss", "code_loss"] > 0.6
    deviation = np.log(even.dataset["run"] / even.dataset["law"]).to_numpy().std()
    alone = forecast_mean(mixture_laws, TARGET, {"web_loss": 1})
    of_one = np.log(alone.dataset["run"] / alone.dataset["law"]).to_numpy().std()
    assert deviation > 0.85 * of_one  # 0.71 of it where independent


@pytest.mark.slow
def test_weights_of_a_target_must_sum_to_one(mixture_laws: FittedLaws) -> None:
    with pytest.raises(InputError, match=r"weights sum to 0\.9, not to 1"):
        forecast_mean(mixture_laws, TARGET | {"weight_web": 0.4})
