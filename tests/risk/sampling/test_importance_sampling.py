"""Importance sampling against normal posteriors and ArviZ."""

import numpy as np
from scipy.special import logsumexp

from bayescale.risk.sampling.importance_sampling import importance_sample


def test_evidence_and_moments_of_a_normal_likelihood_are_exact() -> None:
    """Likelihoods N(y; z, s): the evidence is N(y; 0, 1 + s²), the posterior mean y / (1 + s²); one far in the tail."""
    y, s = np.array([[0.5, -1.0], [4.0, 3.0]]), 0.2

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        return np.stack([(-0.5 * ((z - one) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))).sum(axis=1) for one in y])

    whole = importance_sample(log_likelihood, 2, np.random.default_rng(3))
    points = whole.points
    truth = (-0.5 * y**2 / (1 + s**2) - 0.5 * np.log(2 * np.pi * (1 + s**2))).sum(axis=1)
    np.testing.assert_allclose(whole.log_evidence, truth, atol=0.15)
    weight = np.exp(points.log_weight - logsumexp(points.log_weight, axis=1, keepdims=True))
    np.testing.assert_allclose(weight @ points.z, y / (1 + s**2), atol=0.05)
    assert (whole.effective >= 400).all()
    assert (whole.pareto_k < 0.7).all()
