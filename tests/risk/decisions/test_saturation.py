"""After how many samples one more hardly helps."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.errors import InputError
from bayescale.risk.decisions.saturation import mean_saturation_point, saturation_point
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk


@given(
    st.floats(1e-4, 0.999),
    st.floats(1e-6, 0.5),
    st.floats(0.05, 1.0),
)
def test_closed_form_is_the_first_sample_that_gains_too_little(rate: float, epsilon: float, top: float) -> None:
    """F(N + 1) - F(N) of F(N) = F_max (1 - (1 - p)^N), one sample at a time."""
    samples = 0
    gain = top * rate
    while gain > epsilon * (1 + 1e-12):
        samples += 1
        gain = top * rate * math.exp(samples * math.log1p(-rate))
    assert saturation_point(rate, epsilon, top) == samples


def test_closed_form_at_its_ends_and_at_tiny_rates() -> None:
    found = saturation_point([0.0, 1.0, 0.5, 1e-9], [0.1, 0.1, 0.25, 1e-12])
    assert found[:3].tolist() == [0.0, 1.0, 1.0]
    assert found[3] == pytest.approx(math.log(1000) / 1e-9, rel=1e-8)


def test_first_gain_below_epsilon_at_thirty_percent() -> None:
    """p = .3, F_max = 1, ε = 1 %: .3 × .7^10 = .00847 is the first gain below, .3 × .7^9 = .0121 is not."""
    assert saturation_point(0.3, 0.01) == 10


def test_equal_rates_are_the_closed_form_and_spread_ones_saturate_later() -> None:
    rates = np.full(50, 0.05)
    assert mean_saturation_point(rates, 1e-3) == saturation_point(0.05, 1e-3)
    spread = np.random.default_rng(1).beta(0.3, 5.7, 4000)
    assert spread.mean() == pytest.approx(0.05, abs=0.005)
    assert mean_saturation_point(spread, 1e-3) > 1.3 * saturation_point(spread.mean(), 1e-3)


def test_beta_rates_agree_with_their_closed_form() -> None:
    """E[p (1 - p)^N] of Beta(a, b) is B(a + 1, b + N) / B(a, b), by Gauss-Jacobi nodes as weighted rates."""
    from scipy.special import betaln, roots_jacobi

    a, b = 0.4, 8.0
    x, weights = roots_jacobi(200, b - 1, a - 1)
    samples = np.arange(400)
    gain = np.exp(betaln(a + 1, b + samples) - betaln(a, b))
    expected = int(np.flatnonzero(gain <= 5e-4)[0])
    assert mean_saturation_point((1 + x) / 2, 5e-4, weights=weights) == expected


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(1e-3, 0.3))
def test_mean_point_is_the_first_below(rates: list[float], epsilon: float) -> None:
    found = mean_saturation_point(rates, epsilon)
    p = np.array(rates)
    after = float((p * (1 - p) ** found).mean())
    assert after <= epsilon * (1 + 1e-9)
    if found >= 1:
        assert float((p * (1 - p) ** (found - 1)).mean()) > epsilon * (1 - 1e-9)


@pytest.fixture(scope="module")
def risk() -> Risk:
    rng = np.random.default_rng(2)
    rates = rng.beta(0.5, 6, 150)
    table = pd.DataFrame({"problem": range(150), "attempts": 60, "successes": rng.binomial(60, rates)})
    return fit_risk(table, by=[], mixing="beta", random_seed=1)


def test_posterior_holds_the_true_point(risk: Risk) -> None:
    rates = np.random.default_rng(2).beta(0.5, 6, 150)
    row = risk.saturation(1e-3, prob=0.99).table.iloc[0]
    assert row["these_lower"] <= mean_saturation_point(rates, 1e-3) <= row["these_upper"]
    population = mean_saturation_point(np.random.default_rng(5).beta(0.5, 6, 200_000), 1e-3)
    assert row["new_lower"] <= population <= row["new_upper"]
    assert row["homogeneous"] < row["new_lower"]
    assert row["ceiling_upper"] <= 1


def test_a_smaller_gain_is_reached_later(risk: Risk) -> None:
    assert risk.saturation(1e-4).table["new_median"][0] > risk.saturation(1e-2).table["new_median"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((1.2, 0.1), "rate"), ((0.5, 0.0), "epsilon"), ((0.5, 0.1, -1), "max_performance"), (("a", 0.1), "rate")],
)
def test_bad_input_is_named(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        saturation_point(*arguments)  # type: ignore[arg-type]


def test_bad_input_of_means_and_of_a_posterior_is_named(risk: Risk) -> None:
    with pytest.raises(InputError, match="weights"):
        mean_saturation_point([0.1, 0.2], 0.01, weights=[1.0, -1.0])
    with pytest.raises(InputError, match="axis of one problem"):
        mean_saturation_point(0.1, 0.01)
    with pytest.raises(InputError, match="epsilon=2"):
        risk.saturation(2)
