"""The density of residuals with capabilities integrated out is that of a normal with a low-rank covariance."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from bayescale.capability.sampling.scales import _log_likelihood


def test_the_density_is_that_of_the_full_covariance() -> None:
    rng = np.random.default_rng(1)
    loading, residual = rng.normal(size=(1, 3, 2)), rng.normal(size=(1, 4, 3))
    measured = np.ones((4, 3))
    measured[1, 2] = 0
    residual = measured * residual
    outer = loading[..., :, None] * loading[..., None, :]
    values = []
    for log_residual, log_model in (([0.1, -0.4, 0.3], [0.2, -0.5]), ([-0.6, 0.0, 0.1], [0.0, 0.4])):
        scales = np.array([log_residual]), np.array([log_model])
        found = _log_likelihood(measured, residual, loading, outer, *scales)[0]
        covariance = np.diag(np.exp(2 * scales[0][0])) + loading[0] * np.exp(2 * scales[1]) @ loading[0].T
        expected = 0.0
        for row, seen in zip(residual[0], measured > 0, strict=True):
            expected += multivariate_normal(np.zeros(seen.sum()), covariance[np.ix_(seen, seen)]).logpdf(row[seen])
        values.append((found, expected))
    assert values[0][0] - values[1][0] == pytest.approx(values[0][1] - values[1][1])
