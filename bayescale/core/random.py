"""Random seeds: a whole number, or a fresh seed that is recorded with the result."""

import numpy as np

from bayescale.errors import InputError


def read_seed(random_seed: object) -> int:
    """Return a seed, or a fresh one for None.

    Parameters
    ----------
    random_seed : int or None
        A whole number from 0 to 2^63 - 1, or None.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    InputError
        The value is neither None nor such a number.
    """
    if random_seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint32)[0])
    if isinstance(random_seed, bool) or not isinstance(random_seed, int | np.integer) or not 0 <= random_seed < 2**63:
        raise InputError(
            f"random_seed={random_seed!r} must be a whole number from 0 to 2^63 - 1, or None for a fresh one"
        )
    return int(random_seed)


def predictive_seed(random_seed: int) -> int:
    """Derive the seed of predictions from that of a fit.

    Parameters
    ----------
    random_seed : int
        Seed of the fit.

    Returns
    -------
    int
        Seed of everything that is drawn for a prediction.
    """
    return int(np.random.SeedSequence(random_seed, spawn_key=(1,)).generate_state(1, np.uint64)[0] >> 1)
