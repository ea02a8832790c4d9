"""The search for the best weights against closed forms."""

import numpy as np
import pytest

from bayescale.scaling.decisions.mixtures.search import MixtureLosses, best_weights
from bayescale.scaling_laws.catalog.data_mixing import mixture_law

DOMAINS = ["web", "code", "books"]


def losses(worth: np.ndarray, share: np.ndarray) -> MixtureLosses:
    """Each response is its domain's own: tokens of a domain reduce only its loss, B = worth, exponent 0.5."""
    draws = len(worth)
    own = np.eye(3)
    parameters = {name: np.full((draws, 3), value) for name, value in (("E", 1.0), ("A", 1e-9), ("alpha", 1.0))}
    parameters |= {"B": worth, "beta": np.full((draws, 3), 0.5)}
    for j, name in enumerate(DOMAINS):
        parameters |= {f"S_{name}": np.ones((draws, 3)), f"T_{name}": np.tile(own[j] + 1e-12, (draws, 1))}
    return MixtureLosses(mixture_law("mixture_effective", DOMAINS), parameters, DOMAINS, share, 1e9, 1e4)


@pytest.fixture
def worth() -> np.ndarray:
    return np.exp(np.random.default_rng(1).normal(0, 0.3, (20, 3)))


def test_best_weights_are_those_of_the_closed_form(worth: np.ndarray) -> None:
    share = np.array([0.5, 0.3, 0.2])
    best = best_weights(losses(worth, share), np.zeros(3), np.ones(3), mean=False)
    expected = (share * worth) ** (2 / 3)  # of minimising sum of share * worth * w**-0.5 over the simplex
    np.testing.assert_allclose(best, expected / expected.sum(axis=1, keepdims=True), atol=0.01)


def test_least_mean_loss_is_below_that_of_other_mixtures(worth: np.ndarray) -> None:
    found = losses(worth, np.full(3, 1 / 3))
    best = best_weights(found, np.zeros(3), np.ones(3), mean=True)
    others = np.random.default_rng(2).dirichlet(np.ones(3), 200)
    assert best.sum() == pytest.approx(1)
    assert found.mean_loss(best[None]).mean() <= found.mean_loss(others[None]).mean(axis=0).min() + 1e-6


def test_weights_stay_within_their_bounds(worth: np.ndarray) -> None:
    low, high = np.array([0.1, 0.0, 0.05]), np.array([0.2, 0.9, 0.5])
    best = best_weights(losses(worth, np.full(3, 1 / 3)), low, high, mean=False)
    assert (best >= low - 1e-6).all()
    assert (best <= high + 1e-6).all()
    np.testing.assert_allclose(best.sum(axis=1), 1, atol=1e-6)
