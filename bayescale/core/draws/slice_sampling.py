"""Slice sampling of independent variables, in all chains at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

_MOST_SHRINKS = 200  # of an interval; each halves it on average


def slice_draw(
    log_density: Callable[[Array], Array], value: Array, rng: np.random.Generator, width: float | Array = 1.0
) -> Array:
    """Draw independent variables by slice sampling (Neal 2003), from an interval of fixed width that shrinks.

    Parameters
    ----------
    log_density : callable
        From values to their log densities, elementwise.
    value : ndarray
        The current values.
    rng : Generator
        Source of randomness.
    width : float or ndarray, default 1.0
        Width of the interval before it shrinks, in units of the variable. It must not depend on the current values.

    Returns
    -------
    ndarray
        The next values, in the shape of `value`.
    """
    level = log_density(value) - rng.standard_exponential(value.shape)
    low = value - width * rng.random(value.shape)
    high = low + width
    out, searching = value.copy(), np.ones(value.shape, dtype=bool)
    for _ in range(_MOST_SHRINKS):
        proposal = np.where(searching, low + (high - low) * rng.random(value.shape), out)
        searching &= ~(log_density(proposal) >= level)
        out = np.where(searching, out, proposal)
        if not searching.any():
            break
        low = np.where(searching & (proposal < value), proposal, low)
        high = np.where(searching & (proposal >= value), proposal, high)
    return out
