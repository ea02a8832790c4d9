"""Partial pooling against a hierarchy integrated on a grid."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import beta as beta_distribution

from bayescale.risk.sampling.importance_sampling import Points, draw_points
from bayescale.risk.sampling.pooling import COMMON, MOST_COMMON, pool
from bayescale.risk.sampling.weights import log_normal


def hierarchy(spread: float, groups: int = 12) -> tuple[Points, np.ndarray]:
    """Groups with known z: N(0.8, spread) seen with noise 0.5, explored by importance sampling."""
    rng = np.random.default_rng(7)
    seen = 0.8 + spread * rng.standard_normal(groups) + 0.5 * rng.standard_normal(groups)

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        return -0.5 * ((z[:, 0] - seen[:, None]) / 0.5) ** 2

    return draw_points(log_likelihood, 1, rng), seen


def test_similar_groups_are_pooled_more_than_different_ones() -> None:
    rng = np.random.default_rng(1)
    alike, unlike = (pool(hierarchy(spread)[0], 2000, rng) for spread in (0.05, 1.2))
    assert alike.common.mean() > unlike.common.mean() + 0.15


def test_pooling_agrees_with_brute_force() -> None:
    """Posterior means of the groups against a grid over mean and share in common, groups integrated exactly."""
    points, seen = hierarchy(0.3, groups=6)
    found = pool(points, 6000, np.random.default_rng(2))
    shares = MOST_COMMON * beta_distribution.ppf((np.arange(200) + 0.5) / 200, *COMMON)
    means = np.linspace(-4, 4, 401)
    r, m = np.meshgrid(shares, means, indexing="ij")
    centre, within = np.sqrt(r) * m, 1 - r
    log_weight = -0.5 * m**2
    for one in seen:
        log_weight = log_weight - 0.5 * (one - centre) ** 2 / (within + 0.25) - 0.5 * np.log(within + 0.25)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    for group, one in enumerate(seen):
        expected = (weight * (centre * 0.25 + one * within) / (within + 0.25)).sum()
        assert points.z[found.point[:, group], 0].mean() == pytest.approx(expected, abs=0.04)
    assert found.common.mean() == pytest.approx((weight * r).sum(), abs=0.03)


def test_one_group_is_not_pooled() -> None:
    points, _ = hierarchy(0.3, groups=1)
    found = pool(points, 4000, np.random.default_rng(2))
    weight = np.exp(points.log_weight[0] - logsumexp(points.log_weight[0]))
    assert points.z[found.point[:, 0], 0].mean() == pytest.approx(weight @ points.z[:, 0], abs=0.01)
    assert np.isnan(found.common).all()
    assert log_normal(np.zeros((1, 3)))[0] == pytest.approx(-1.5 * np.log(2 * np.pi))
