"""The copula of the factor of difficulty: averages over the factor give back the mixing law."""

import numpy as np
import pytest

from bayescale.risk.difficulty import (
    COMMUNALITY,
    FACTOR,
    LOADING,
    LOG_FACTOR,
    NEIGHBOURS,
    TRANSITIONS,
    Difficulty,
    log_chances,
    mass_given_factor,
)
from bayescale.risk.grid import RATE, count_pairs
from bayescale.risk.mixing import MIXINGS


@pytest.fixture(scope="module")
def law() -> tuple[np.ndarray, np.ndarray]:
    """Two mixing laws with a share of problems that are never broken."""
    z = np.array([[0.0, 0.0, 0.3], [0.8, -1.0, 1.0]])
    return MIXINGS["logit_normal_or_never"].mass(MIXINGS["logit_normal_or_never"].parameters(z))


@pytest.mark.parametrize("communality", range(len(COMMUNALITY)))
def test_laws_given_the_factor_average_to_the_mixing_law(law: tuple[np.ndarray, np.ndarray], communality: int) -> None:
    mass, zero = law
    given = mass_given_factor(mass, zero, np.full(2, communality, dtype=np.int8))
    np.testing.assert_allclose(given.sum(axis=2), 1.0, atol=1e-12)
    mean = np.einsum("f,dfr->dr", np.exp(LOG_FACTOR), given)
    expected = np.cumsum(np.column_stack([zero, mass]), axis=1)
    np.testing.assert_allclose(np.cumsum(mean, axis=1), expected, atol=2e-3)


def test_a_higher_factor_means_higher_rates(law: tuple[np.ndarray, np.ndarray]) -> None:
    given = mass_given_factor(*law, np.full(2, 5, dtype=np.int8))
    rate = given[..., 1:] @ np.minimum(RATE, 1.0)
    assert (np.diff(rate, axis=1) > 0).all()


def test_chances_of_counts_average_to_those_of_the_mixing_law(law: tuple[np.ndarray, np.ndarray]) -> None:
    mass, zero = law
    attempts, successes = np.array([30, 30, 30, 10_000]), np.array([0, 3, 30, 20])
    counts = count_pairs(attempts, successes, np.zeros(4, dtype=np.int64))
    chances = np.exp(log_chances(mass, zero, counts, np.arange(4)).astype(float))  # (communality, factor, pair, law)
    expected = (mass @ counts.likelihood.T + zero[:, None] * counts.at_zero).T
    mean = np.einsum("f,cfpl->cpl", np.exp(LOG_FACTOR), chances)
    # the factor ends at 4, so that the rarest counts are a few per cent less likely
    np.testing.assert_allclose(mean, np.broadcast_to(expected, mean.shape), rtol=0.08)
    np.testing.assert_allclose(chances[0], np.broadcast_to(expected, chances[0].shape), rtol=1e-5)


def test_chances_of_counts_agree_with_the_law_given_the_factor(law: tuple[np.ndarray, np.ndarray]) -> None:
    mass, zero = law
    counts = count_pairs(np.array([30, 30]), np.array([0, 5]), np.zeros(2, dtype=np.int64))
    table = np.exp(log_chances(mass, zero, counts, np.arange(2))[4].astype(float))
    given = mass_given_factor(mass, zero, np.full(2, 4, dtype=np.int8))
    likelihood = np.column_stack([counts.at_zero, counts.likelihood])
    np.testing.assert_allclose(table, np.einsum("lfr,pr->fpl", given, likelihood), rtol=0.02, atol=1e-6)


def test_the_factor_keeps_its_law_along_the_chain() -> None:
    for correlation, transition in zip(NEIGHBOURS, TRANSITIONS, strict=True):
        after = np.exp(LOG_FACTOR) @ transition
        assert after @ FACTOR**2 == pytest.approx(1.0, abs=0.01)
        assert np.exp(LOG_FACTOR) * FACTOR @ transition @ FACTOR == pytest.approx(correlation, abs=0.01)


def test_correlation_falls_with_the_distance_of_groups() -> None:
    factor = np.zeros((1, 6), dtype=np.int8)
    difficulty = Difficulty(
        factor, np.array([[4, 5, 6]], dtype=np.int8), np.array([0.9]), np.array([2, 0, 1]), np.full(3, 50.0)
    )
    assert difficulty.correlation(0, 1)[0] == pytest.approx(LOADING[4] * LOADING[5] * 0.9**2)
    assert difficulty.correlation(1, 2)[0] == pytest.approx(LOADING[5] * LOADING[6] * 0.9)
