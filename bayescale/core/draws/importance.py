"""Importance weights of draws: Pareto smoothing, moment matching, resampling. Arrays in, arrays out.

Vehtari, Simpson, Gelman, Yao and Gabry 2024 (arXiv 1507.02646): Pareto-smoothed importance sampling. Paananen,
Piironen, Bürkner and Vehtari 2021 (arXiv 1906.08850): implicitly adaptive importance sampling by moment matching.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.draws.chain_statistics import ess_mean
from bayescale.core.draws.pareto import smoothed_log_weights, tail_length
from bayescale.core.gate import MOST_PARETO_K, weight_results

type Array = NDArray[np.float64]
type Density = Callable[[Array], Array]

MOST_ROUNDS = 8  # of moment matching
LEAST_TO_MATCH = 100.0  # effective draws: fewer do not show where a posterior moved, or whether it has one mode
MOST_COPIES = 4  # resampled draws for each effective one


@dataclass(frozen=True, eq=False)
class Weights:
    """Smoothed importance weights of draws.

    Attributes
    ----------
    log : ndarray, shape (chain, draw)
        Log weights; the weights sum to one.
    pareto_k : float
        Shape of the tail of the ratios; NaN where no tail can be fitted.
    effective_size : float
        Number of independent draws that the weighted draws are worth: r/Σw², where r (at most 1) is the relative
        efficiency of the chains for the ratios.
    """

    log: Array
    pareto_k: float
    effective_size: float

    @property
    def passed(self) -> bool:
        """Whether the weights are even enough to be used."""
        return all(result.passed for result in weight_results(self.pareto_k, self.effective_size))

    @property
    def rank(self) -> tuple[float, float]:
        """Sort key, the least is best: the shape of the tail until it passes, then the effective size."""
        return max(np.nan_to_num(self.pareto_k, nan=np.inf), MOST_PARETO_K), -self.effective_size


@dataclass(frozen=True, eq=False)
class Weighted:
    """Points with importance weights.

    Attributes
    ----------
    points : ndarray, shape (chain, draw, coordinate)
        The points.
    weights : Weights
        Their weights.
    moves : tuple of str
        What the images among the points match of the weighted moments, for each map that was tried and improved the
        weights; the last applies. Empty without images.
    """

    points: Array
    weights: Weights
    moves: tuple[str, ...] = ()


def smoothed(log_ratios: Array) -> Weights:
    """Return Pareto-smoothed weights.

    Parameters
    ----------
    log_ratios : ndarray, shape (chain, draw)
        Log importance ratios. −inf is a ratio of zero; NaN counts as −inf.

    Returns
    -------
    Weights
        The weights.

    References
    ----------
    Vehtari et al. (2024), arXiv:1507.02646.
    """
    ratios = np.where(np.isnan(log_ratios), -np.inf, log_ratios)
    if not np.isfinite(ratios).any():
        return Weights(np.full(ratios.shape, -np.log(ratios.size)), np.inf, 0.0)
    ratios = ratios - ratios.max()
    if np.ptp(ratios) < 1e-12:  # nothing to weigh
        return Weights(np.full(ratios.shape, -np.log(ratios.size)), -np.inf, float(ratios.size))
    with np.errstate(all="ignore"):
        ess = float(ess_mean(np.exp(ratios)[..., None])[0])
        relative = min(ess / ratios.size, 1.0) if np.isfinite(ess) else 1.0
        log, pareto_k = smoothed_log_weights(ratios.ravel(), tail_length(ratios.size, relative))
    return Weights(log.reshape(ratios.shape), pareto_k, relative / float(np.exp(2 * log).sum()))


def moment_matched(start: Weighted, log_proposal: Density, log_target: Density) -> Weighted:
    """Add an affine image of all points, and improve the map as long as this improves the weights.

    A map T turns draws of a density p into draws of p(T⁻¹·)/|T|. Points and images together are draws of the mixture of
    both densities in equal parts, and are weighted by it. Where the images leave out a tail of the target, the points
    still reach it; weights of images alone cannot show what the images do not reach. Nothing is tried where fewer than
    100 draws carry weight: points led by a few draws could settle on one mode of several.

    Parameters
    ----------
    start : Weighted
        The points and their weights.
    log_proposal : callable
        Log density that `start.points` were drawn from, at any points, up to a constant.
    log_target : callable
        Log density of the target at any points, up to a constant.

    Returns
    -------
    Weighted
        `start`, or twice as many draws of each chain with better weights: the points of `start`, then their images.

    References
    ----------
    Paananen et al. (2021), arXiv:1906.08850, implicitly adaptive importance sampling. Owen and Zhou (2000), Safe and
    effective importance sampling.
    """
    best = start
    if start.weights.effective_size < LEAST_TO_MATCH:
        return start
    centre, covariance = _moments(start.points, np.full(start.weights.log.shape, 1 / start.weights.log.size))
    of_target, of_proposal = log_target(start.points), log_proposal(start.points)
    for _ in range(MOST_ROUNDS):
        if best.weights.passed:
            break
        mean, wanted = _moments(best.points, np.exp(best.weights.log))
        for name, stretch in STRETCHES.items():
            matrix = stretch(covariance, wanted)
            log_volume = float(np.linalg.slogdet(matrix)[1])
            images = mean + (start.points - centre) @ matrix
            back = centre + (start.points - mean) @ np.linalg.inv(matrix)
            of_points = of_target - np.logaddexp(of_proposal, log_proposal(back) - log_volume)
            of_images = log_target(images) - np.logaddexp(log_proposal(images), of_proposal - log_volume)
            weights = _smoothed_pairs(of_points, of_images)
            if weights.rank < best.weights.rank:
                best = Weighted(np.concatenate([start.points, images], axis=1), weights, (*best.moves, name))
                break
        else:
            break
    return best


def _smoothed_pairs(of_points: Array, of_images: Array) -> Weights:
    """Smoothed weights of points and their images (chain, 2·draw), a point and its image counted as one draw."""
    weights = smoothed(np.concatenate([of_points, of_images], axis=1))
    n_draws = of_points.shape[1]
    if not np.isfinite(weights.pareto_k):
        return weights
    highest = max(of_points.max(), of_images.max())
    of_pairs = np.exp(of_points - highest) + np.exp(of_images - highest)
    ess = float(ess_mean(of_pairs[..., None])[0])
    relative = min(ess / of_pairs.size, 1.0) if np.isfinite(ess) else 1.0
    shares = np.exp(weights.log[:, :n_draws]) + np.exp(weights.log[:, n_draws:])
    return replace(weights, effective_size=relative / float((shares**2).sum()))


def _moments(points: Array, weight: Array) -> tuple[Array, Array]:
    """Weighted mean (coordinate,) and covariance (coordinate, coordinate)."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    mean = w @ flat
    return mean, (flat - mean).T @ ((flat - mean) * w[:, None])


def _unchanged(before: Array, after: Array) -> Array:
    """The identity: images that are shifted alone."""
    return np.eye(len(before))


def _scaled(before: Array, after: Array) -> Array:
    """The matrix that gives points of a covariance the standard deviations of another."""
    return np.diag(np.sqrt(np.diag(after) / np.diag(before)))


def _turned(before: Array, after: Array) -> Array:
    """The matrix M, for x → x M, that gives points of a covariance another one."""
    try:
        old, new = np.linalg.cholesky(before), np.linalg.cholesky(after)
    except np.linalg.LinAlgError:  # too few draws carry the weight for a covariance
        return _scaled(before, after)
    return np.linalg.solve(old.T, new.T)


#: Matrices of the maps, by what images match besides the mean, from the covariances before and after.
STRETCHES: dict[str, Callable[[Array, Array], Array]] = {
    "mean": _unchanged,
    "standard deviations": _scaled,
    "covariance": _turned,
}


def resampled(weights: Weights, rng: np.random.Generator) -> NDArray[np.int64]:
    """Resample draws systematically.

    One random number places an even grid on the cumulative weights: of n indices, a draw of weight w gets n·w to within
    one. There are at most four indices for each effective draw. A weight is at most 1/√(effective size), so copies of
    one draw never fill a tail of 3·√n draws, to which a Pareto distribution is fitted later.

    Parameters
    ----------
    weights : Weights
        The weights.
    rng : numpy.random.Generator
        Source of the random number.

    Returns
    -------
    ndarray of int
        Indices into the flattened draws, in their order.
    """
    count = int(min(weights.log.size, MOST_COPIES * weights.effective_size))
    ends = np.cumsum(np.exp(weights.log).ravel())
    grid = (rng.random() + np.arange(count)) / count
    return np.minimum(np.searchsorted(ends / ends[-1], grid, side="right"), len(ends) - 1)
