"""Importance weights against ArviZ and known shares."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayescale.risk.sampling.weights import (
    effective_number,
    log_mean_and_effective_number,
    log_normal,
    pareto_k,
    resample,
)


def test_effective_number_of_equal_and_of_single_weights() -> None:
    assert effective_number(np.zeros(40)) == pytest.approx(40)
    assert effective_number(np.array([0.0, -800.0, -800.0])) == pytest.approx(1)


def test_log_mean_of_weights_too_large_for_floats() -> None:
    log_weight = np.log([[1.0, 2.0, 3.0], [5.0, 1e-9, 1e-9]]) + 1000
    log_mean, effective = log_mean_and_effective_number(log_weight)
    np.testing.assert_allclose(log_mean - 1000, np.log([2.0, 5 / 3]), rtol=1e-9)
    np.testing.assert_allclose(effective, [36 / 14, 1.0], rtol=1e-8)


def test_log_normal_at_zero() -> None:
    assert log_normal(np.zeros((1, 3)))[0] == pytest.approx(-1.5 * np.log(2 * np.pi))


def test_pareto_shapes_equal_those_of_arviz() -> None:
    rng = np.random.default_rng(5)
    log_weight = np.array([0.5, 1.0, 3.0])[:, None] * rng.standard_normal((3, 4096))
    expected = array_stats.psislw(-log_weight, axis=-1)[1]
    np.testing.assert_allclose(pareto_k(log_weight), expected, rtol=1e-10)
    assert np.isnan(pareto_k(np.zeros((2, 4096)))).all()


@pytest.mark.parametrize("points", [226, 2048, 4103])
def test_pareto_shape_does_not_depend_on_the_order_of_weights(points: int) -> None:
    ascending = np.sort(np.random.default_rng(6).standard_normal(points))
    expected = array_stats.psislw(-ascending, axis=-1)[1]
    orders = (ascending, ascending[::-1], np.random.default_rng(7).permutation(ascending))
    np.testing.assert_allclose(pareto_k(np.stack(orders)), np.full(3, expected), rtol=1e-9)


def test_resample_follows_the_weights() -> None:
    picked = resample(np.log([0.1, 0.6, 0.3]), 1000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(picked) / 1000, [0.1, 0.6, 0.3], atol=0.002)
