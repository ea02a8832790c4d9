"""The choice of proxy runs."""

from dataclasses import replace

import numpy as np

from bayescale.scaling.decisions.mixtures.proxy_runs import next_proxies
from bayescale.scaling.decisions.mixtures.search import best_weights
from tests.scaling.decisions.mixtures.test_search import losses


def test_proxies_explain_more_with_every_run_and_less_with_noise() -> None:
    worth = np.exp(np.random.default_rng(1).normal(0, 0.3, (20, 3)))
    found = losses(worth, np.full(3, 1 / 3))
    best = best_weights(found, np.zeros(3), np.ones(3), mean=False)
    bounds = np.full(3, 0.05), np.full(3, 0.8)
    small = replace(found, n_tokens=1e3)
    exact, noisy = (next_proxies(small, best, best.mean(axis=0), bounds, 3, np.full(3, noise)) for noise in (1e-6, 0.1))
    assert (np.diff(exact.explained) >= -1e-12).all()
    assert 0 < exact.explained[-1] <= 1
    assert (noisy.explained < exact.explained).all()
    np.testing.assert_allclose(exact.weights.sum(axis=1), 1, atol=1e-6)
