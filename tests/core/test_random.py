"""Random seeds."""

import numpy as np
import pytest

from bayescale.core.random import predictive_seed, read_seed
from bayescale.errors import InputError


@pytest.mark.parametrize("seed", [0, 7, np.uint64(7), np.int32(7), 2**63 - 1])
def test_a_seed_is_returned_as_a_plain_integer(seed: int) -> None:
    assert type(read_seed(seed)) is int
    assert read_seed(seed) == seed


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "7", True, [1]])
def test_anything_else_is_refused(seed: object) -> None:
    with pytest.raises(InputError, match=r"random_seed=.* must be a whole number from 0 to 2\^63 - 1"):
        read_seed(seed)


def test_fresh_seeds_differ_and_can_be_used_again() -> None:
    seeds = [read_seed(None) for _ in range(5)]
    assert len(set(seeds)) == 5
    assert [read_seed(seed) for seed in seeds] == seeds


def test_the_seed_of_predictions_follows_from_that_of_the_fit() -> None:
    assert predictive_seed(1) == predictive_seed(1)
    assert len({predictive_seed(seed) for seed in range(50)}) == 50
    assert all(0 <= predictive_seed(seed) < 2**63 for seed in (0, 1, 2**63 - 1))
