"""Test trends of paths with known turns, and of fits to data with and without a reversal."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError
from bayescale.scaling.decisions.trend import most_gained
from bayescale.scaling.result import Fit


@pytest.mark.parametrize(
    ("path", "gained"), [([0, 1, 2], 2), ([2, 1, 0], 0), ([1, 0, 3, 2], 3), ([3, 0, 2], 2), ([1, 1, 1], 0)]
)
def test_most_gained(path: list[float], gained: float) -> None:
    assert most_gained(np.array(path, dtype=float)) == gained


def test_a_power_law_levels_off_and_never_reverses(plain_fit: Fit) -> None:
    near = plain_fit.trend("n_params", 1e7, 1e9, {"family": "a", "n_tokens": 2e10}).table.iloc[0]
    far = plain_fit.trend("n_params", 1e7, 1e16, {"family": "a", "n_tokens": 2e10}).table.iloc[0]
    assert near["reverses"] == far["reverses"] == 0
    assert near["falls"] == far["falls"] == 1
    assert near["levels_off"] < 0.05 < 0.95 < far["levels_off"]


@pytest.mark.parametrize(("bend", "reverses"), [(0.03, True), pytest.param(0.0, False, marks=pytest.mark.slow)])
def test_trend_detects_a_reversal(bend: float, reverses: bool) -> None:
    rng = np.random.default_rng(2)
    flops = np.exp(np.linspace(np.log(1e18), np.log(1e24), 40))
    x = np.log10(flops / 1e21)
    accuracy = 1 / (1 + np.exp(-(-0.5 + 0.05 * x + bend * x**2 * 4 + 0.05 * rng.standard_normal(40))))
    law = bs.law("u_shape")
    runs = pd.DataFrame({"flops": flops, law.response: accuracy})
    fitted = bs.fit(runs, law=law, discrepancy=False, noise="constant", random_seed=1)
    found = fitted.trend("flops", 1e18, 1e24).table.iloc[0]
    assert (found["reverses"] > 0.9) == reverses
    assert (found["reverses"] < 0.9) != reverses


def test_trend_refuses_wrong_ranges(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="no input 'flops'"):
        plain_fit.trend("flops", 1.0, 2.0)
    with pytest.raises(InputError, match="the smaller first"):
        plain_fit.trend("n_params", 1e9, 1e8, {"n_tokens": 1e10})
    with pytest.raises(InputError, match="more than 0"):
        plain_fit.trend("n_params", -1.0, 1e8, {"n_tokens": 1e10})
