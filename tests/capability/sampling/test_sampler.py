"""The sampler takes draws until they have converged, and the same ones for a seed."""

import numpy as np

from bayescale.capability.sampling.sampler import CHAINS, MOST_TIMES, STORED, sample
from tests.capability.sampling.prior_state import small_scores


def test_draws_are_extended_and_repeat_for_a_seed() -> None:
    first, second = (sample(small_scores(), 2, 3, 5, lambda _: False) for _ in range(2))
    assert set(first) == set(STORED)
    assert first["capability"][1].shape == (CHAINS, 3 * MOST_TIMES, 7, 2)
    for name in first:
        assert np.array_equal(first[name][1], second[name][1])


def test_it_stops_where_draws_are_enough() -> None:
    assert sample(small_scores(), 1, 3, 5, lambda _: True)["offset"][1].shape == (CHAINS, 3, 3, 3)
