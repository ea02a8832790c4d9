"""Draws of single variables, in all chains at once: scales of effects, and coefficients."""

import numpy as np
from numpy.typing import NDArray

from bayescale.core.draws.slice_sampling import slice_draw

type Array = NDArray[np.float64]


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
