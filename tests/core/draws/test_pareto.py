"""Importance ratios are smoothed as ArviZ smooths them."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayescale.core.draws.pareto import smoothed_log_weights, smoothed_rows, tail_length


@pytest.mark.parametrize("draws", [40, 300, 4000])
@pytest.mark.parametrize("scale", [0.02, 0.7, 3.0, 40.0])
def test_smoothed_weights_are_those_of_arviz(draws: int, scale: float) -> None:
    ratios = scale * np.random.default_rng(draws).standard_t(5, (3, draws))
    log_weights, pareto_k = smoothed_rows(ratios)
    expected, expected_k = array_stats.psislw(-ratios, axis=-1)
    np.testing.assert_allclose(log_weights, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(pareto_k, expected_k, rtol=1e-9)


@pytest.mark.parametrize("efficiency", [0.02, 0.3, 1.0])
def test_the_tail_is_longer_for_correlated_draws_as_in_arviz(efficiency: float) -> None:
    ratios = np.random.default_rng(1).standard_normal(2000)
    log_weights, pareto_k = smoothed_log_weights(ratios, tail_length(2000, efficiency))
    expected, expected_k = array_stats.psislw(-ratios, r_eff=efficiency)
    np.testing.assert_allclose(log_weights, expected, rtol=1e-9, atol=1e-9)
    assert pareto_k == pytest.approx(float(expected_k), rel=1e-9)


def test_ratios_of_zero_keep_no_weight() -> None:
    ratios = np.random.default_rng(2).standard_normal(400)
    ratios[::3] = -np.inf
    log_weights, pareto_k = smoothed_log_weights(ratios, tail_length(400, 1.0))
    assert np.isneginf(log_weights[::3]).all()
    assert np.isfinite(pareto_k)
    assert np.exp(log_weights).sum() == pytest.approx(1.0)


def test_a_tail_of_equal_ratios_is_left_as_it_is() -> None:
    ratios = np.minimum(np.random.default_rng(3).standard_normal(400), -0.5)
    log_weights, pareto_k = smoothed_log_weights(ratios, tail_length(400, 1.0))
    assert pareto_k == -np.inf
    np.testing.assert_allclose(np.diff(log_weights), np.diff(ratios), atol=1e-12)


def test_ratios_that_are_unknown_never_pass() -> None:
    ratios = np.random.default_rng(4).standard_normal(400)
    ratios[7] = np.nan
    assert smoothed_log_weights(ratios, tail_length(400, 1.0))[1] == np.inf


@pytest.mark.parametrize("tail", [4, 20, 30])
def test_a_tail_that_cannot_be_fitted_is_refused(tail: int) -> None:
    with pytest.raises(ValueError, match=f"a tail of {tail} of 20 ratios"):
        smoothed_log_weights(np.arange(20.0), tail)
