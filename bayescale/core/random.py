"""Random seeds as they are given: a whole number, or none for a fresh one that is recorded."""

import numpy as np

from bayescale.errors import InputError


def read_seed(random_seed: object) -> int:
    """The seed, or a fresh one for None. Raises InputError for anything that is no whole number from 0 to 2^63 - 1."""
    if random_seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint32)[0])
    if isinstance(random_seed, bool) or not isinstance(random_seed, int | np.integer) or not 0 <= random_seed < 2**63:
        raise InputError(
            f"random_seed={random_seed!r} must be a whole number from 0 to 2^63 - 1, or None for a fresh one"
        )
    return int(random_seed)
