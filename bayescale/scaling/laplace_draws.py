"""Draws of the Laplace approximation from which sampling starts, and how far they are from the posterior's.

The sampler's coordinates u are made so that the posterior is nearly standard normal in them
(`sampling/coordinates.py`): standard normal u are draws of the approximation. Their importance ratios, the model's
density over the density of the draws, tell its quality: Pareto k̂ of the largest ratios.

References
----------
Tierney and Kadane (1986), "Accurate approximations for posterior moments and marginal densities", JASA 81.
Yao, Vehtari, Simpson and Gelman (2018), "Yes, but did it work?", arXiv:1802.02538: k̂ above 0.7 means that the
approximation is not close to the posterior.
Vehtari, Simpson, Gelman, Yao and Gabry (2024), arXiv:1507.02646: Pareto-smoothed importance sampling.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayescale.core.draws.importance import LEAST_TO_MATCH, Weights, resampled, smoothed
from bayescale.core.gate import MOST_PARETO_K
from bayescale.errors import ChecksFailed
from bayescale.scaling.model.design import Design
from bayescale.scaling.sampling.compilation import Density, density_of
from bayescale.scaling.sampling.preconditioner import Preconditioner, laplace_preconditioner
from bayescale.scaling.sampling.reparametrization import inverse

type Array = NDArray[np.float64]

DRAWS = 4_000  # as many as a fit has by default
LEAST_EFFECTIVE = LEAST_TO_MATCH  # effective draws below which weights make intervals too noisy
LEAST_FINITE = 0.5  # share of the draws at which the model has a finite density


@dataclass(frozen=True, eq=False)
class LaplaceDraws:
    """Draws of the model's variables from the Laplace approximation.

    Attributes
    ----------
    values : dict of str to array, each (1, draw, ...)
        Draws, as `Draws.values` holds them.
    pareto_k : float
        Pareto k̂ of the importance ratios; infinite where none can be computed.
    effective_size : float
        Number of draws of the posterior that the weighted draws are worth.
    is_weighted : bool
        Whether the draws were resampled by their weights. Otherwise they are draws of the approximation itself.
    """

    values: dict[str, Array]
    pareto_k: float
    effective_size: float
    is_weighted: bool


def laplace_draws(design: Design, random_seed: int, count: int = DRAWS) -> LaplaceDraws:
    """Draw from the Laplace approximation of a posterior, re-weighted where the weights allow it.

    Parameters
    ----------
    design : Design
        Data and priors.
    random_seed : int
        Seed of the draws.
    count : int, default 4000
        Number of draws of the approximation.

    Returns
    -------
    LaplaceDraws
        The draws, and their quality.

    Raises
    ------
    InputError
        For data that the law cannot express, and for rows that it meets exactly.
    ChecksFailed
        For an approximation half of which lies where the model has no finite density.
    """
    rng = np.random.default_rng(np.random.SeedSequence(random_seed, spawn_key=(2,)))
    with threadpool_limits(1), np.errstate(all="ignore"):  # as in `sample_posterior`
        density = density_of(design)
        preconditioner = _preconditioner(design, density)
        coordinates = rng.standard_normal((count, density.size))
        points = preconditioner.coordinates.points(coordinates)
        ratios = log_ratios(density, preconditioner, coordinates, points)
        finite = np.isfinite(ratios)
        if finite.mean() < LEAST_FINITE:
            raise _no_approximation(design, f"it has a finite density at {finite.mean():.0%} of the draws")
        weights = smoothed(ratios[None])
        is_weighted = _are_usable(weights)
        chosen = resampled(weights, rng) if is_weighted else np.flatnonzero(finite)
        values = inverse(design, density.unpack(points[chosen][None]), preconditioner.centring)
    return LaplaceDraws(values, weights.pareto_k, weights.effective_size, is_weighted)


def log_ratios(density: Density, preconditioner: Preconditioner, coordinates: Array, points: Array) -> Array:
    """Compute the log importance ratios of draws: the model's density over that of the draws, both of points.

    Parameters
    ----------
    density : Density
        Compiled log density.
    preconditioner : Preconditioner
        Data and coordinates.
    coordinates : array, shape (draw, coordinate)
        Standard normal draws.
    points : array, shape (draw, coordinate)
        Their points.

    Returns
    -------
    array, shape (draw,)
        Log ratios up to a constant; −inf where the density is not finite or the coordinates are not invertible.
    """
    log_target = np.array([density(point, preconditioner.data)[0] for point in points])
    log_proposal = -0.5 * (coordinates**2).sum(axis=1) - preconditioner.coordinates.log_volume(coordinates)
    ratios = log_target - log_proposal
    return np.where(np.isfinite(ratios), ratios, -np.inf)


def _preconditioner(design: Design, density: Density) -> Preconditioner:
    """Modes and curvature; ChecksFailed where there are none."""
    try:
        preconditioner = laplace_preconditioner(design, density)
    except np.linalg.LinAlgError as error:
        raise _no_approximation(design, f"{error}") from error
    return preconditioner


def _are_usable(weights: Weights) -> bool:
    """Whether weighted draws are better than unweighted ones."""
    return weights.pareto_k < MOST_PARETO_K and weights.effective_size >= LEAST_EFFECTIVE


def _no_approximation(design: Design, reason: str) -> ChecksFailed:
    return ChecksFailed(
        f"the posterior of law {design.spec.law.name!r} has no normal approximation ({reason}): there is no preview; "
        "sample the posterior with bayescale.fit"
    )
