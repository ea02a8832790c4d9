"""Draws of single variables, in all chains at once: slice sampling, scales of effects, and coefficients."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

_MOST_SHRINKS = 200  # of an interval; each halves it on average


def scale_draw(effects: Array, scale: Array, prior_scale: float, rng: np.random.Generator) -> Array:
    """Draw the standard deviation of normal effects, with a half-normal prior.

    Parameters
    ----------
    effects : ndarray, shape (n_chains, n_effects)
        The effects, of mean 0.
    scale : ndarray, shape (n_chains,)
        The current standard deviations.
    prior_scale : float
        Scale of the half-normal prior.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (n_chains,)
        The next standard deviations.
    """
    squares, count = (effects**2).sum(axis=1), effects.shape[1]

    def log_density(log_scale: Array) -> Array:
        variance = np.exp(2 * log_scale)
        return np.asarray((1 - count) * log_scale - 0.5 * (squares / variance + variance / prior_scale**2))

    return np.exp(slice_draw(log_density, np.log(scale), rng))


def slice_draw(
    log_density: Callable[[Array], Array], value: Array, rng: np.random.Generator, width: float = 1.0
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
    width : float, default 1.0
        Width of the interval before it shrinks, in units of the variable.

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


def coefficient_draw(
    regressor: Array, observed: Array, precision: Array, prior_scale: float, rng: np.random.Generator
) -> Array:
    """Draw the coefficient of a regressor, with a normal prior around 0.

    Parameters
    ----------
    regressor, observed, precision : ndarray, shape (n_chains, n)
        The regressor, what is observed, and the precision of its noise.
    prior_scale : float
        Standard deviation of the prior.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (n_chains,)
        The next coefficients. The sign is free, as that of standardised effects is.
    """
    total = (precision * regressor**2).sum(axis=1) + prior_scale**-2
    mean = (precision * regressor * observed).sum(axis=1) / total
    return np.asarray(mean + rng.standard_normal(mean.shape) / np.sqrt(total))
