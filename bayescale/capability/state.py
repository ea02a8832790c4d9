"""Values of all variables of the capability model in each chain, and where chains start."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from bayescale.capability.priors import PRIORS
from bayescale.capability.scores import Scores

type Array = NDArray[np.float64]


@dataclass(eq=False)
class State:
    """Values of all variables in each chain; `draw` changes them in place.

    Attributes
    ----------
    latent : ndarray, shape (n_chains, n_models, n_benchmarks)
        Logit of the score above chance.
    compute : ndarray, shape (n_chains, n_models)
        log10 of the compute less its centre.
    capability : ndarray, shape (n_chains, n_models, n_dimensions)
        Capabilities, in decades of compute of a typical family.
    coefficient : ndarray, shape (n_chains, n_benchmarks, 2 + n_dimensions)
        Intercept, loadings and curvature of each benchmark.
    offset : ndarray, shape (n_chains, n_families, n_benchmarks)
        What a family adds to one benchmark alone.
    offset_scale, residual_scale : ndarray, shape (n_chains, n_benchmarks)
        Standard deviations of offsets, and of what a model adds to one benchmark alone.
    efficiency, slope : ndarray, shape (n_chains, n_families, n_dimensions)
        Capability of a family at the mean compute, and its gain per decade.
    efficiency_scale, slope_scale, model_scale : ndarray, shape (n_chains, n_dimensions)
        Standard deviations of efficiencies, of slopes, and of models around their family's line.
    """

    latent: Array
    compute: Array
    capability: Array
    coefficient: Array
    offset: Array
    offset_scale: Array
    residual_scale: Array
    efficiency: Array
    slope: Array
    efficiency_scale: Array
    slope_scale: Array
    model_scale: Array


def curve(compute: Array) -> Array:
    """Compute the regressor of curvature: 0 with slope 0 at the mean compute, with slopes of -1 and 1 far from it.

    Parameters
    ----------
    compute : ndarray
        log10 of the compute less its centre.

    Returns
    -------
    ndarray
        The regressor.
    """
    return np.asarray(np.sqrt(1 + compute**2) - 1)


def mean_slope(dimensions: int) -> Array:
    """Return the mean slope of each dimension of capability over families.

    Parameters
    ----------
    dimensions : int
        Number of dimensions.

    Returns
    -------
    ndarray, shape (n_dimensions,)
        1 for the first dimension, 0 for the others.
    """
    return np.asarray(np.eye(dimensions)[0])


def initial_state(scores: Scores, dimensions: int, chains: int, rng: np.random.Generator) -> State:
    """Draw starting values, dispersed for each chain.

    Parameters
    ----------
    scores : Scores
        The scores.
    dimensions : int
        Number of dimensions of capability.
    chains : int
        Number of chains.
    rng : Generator
        Source of randomness.

    Returns
    -------
    State
        The values.
    """
    models, benchmarks = scores.score.shape
    families = len(scores.families)
    share = above_chance(scores)
    compute = np.repeat(scores.compute[None], chains, axis=0)
    capability = rng.normal(0.0, 0.3, (chains, models, dimensions))
    capability[..., 0] += compute
    coefficient = rng.normal(0.0, 0.3, (chains, benchmarks, 2 + dimensions))
    coefficient[..., 0] += PRIORS.intercept
    coefficient[..., 1] += PRIORS.loading

    def scales(count: int, median: float) -> Array:
        return median * np.exp(rng.normal(0.0, 0.3, (chains, count)))

    return State(
        latent=logit(share) + rng.normal(0.0, 0.1, (chains, models, benchmarks)),
        compute=compute,
        capability=capability,
        coefficient=coefficient,
        offset=rng.normal(0.0, 0.1, (chains, families, benchmarks)),
        offset_scale=scales(benchmarks, 0.3),
        residual_scale=scales(benchmarks, 0.4),
        efficiency=rng.normal(0.0, 0.1, (chains, families, dimensions)),
        slope=mean_slope(dimensions) + rng.normal(0.0, 0.05, (chains, families, dimensions)),
        efficiency_scale=scales(dimensions, 0.5),
        slope_scale=scales(dimensions, 0.15),
        model_scale=scales(dimensions, 0.3),
    )


def above_chance(scores: Scores) -> Array:
    """Estimate the share of items that a model solves without guessing, away from 0 and 1.

    Parameters
    ----------
    scores : Scores
        The scores.

    Returns
    -------
    ndarray, shape (n_models, n_benchmarks)
        Shares; 0.5 where there is no score.
    """
    share = (np.where(scores.measured > 0, scores.score, 0.5) - scores.chance) / (1 - scores.chance)
    least = 1.5 / scores.items
    return np.where(scores.measured > 0, np.clip(share, least, 1 - least), 0.5)
