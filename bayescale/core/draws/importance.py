"""Importance weights of draws: Pareto smoothing, moment matching, resampling. Arrays in, arrays out.

Vehtari, Simpson, Gelman, Yao and Gabry 2024 (arXiv 1507.02646): Pareto-smoothed importance sampling. Paananen,
Piironen, Bürkner and Vehtari 2021 (arXiv 1906.08850): implicitly adaptive importance sampling by moment matching.
"""

from collections.abc import Callable
from dataclasses import dataclass

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
        Names of the affine maps that were applied to all points, in order.
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


def moment_matched(start: Weighted, log_proposal: Array, log_target: Density) -> Weighted:
    """Apply affine maps to all points as long as a map improves the weights.

    A map T turns draws of a density p into draws of p(T⁻¹·)/|T|. Weights are computed with that density, so moved
    points are draws of the target as much as the first ones. Nothing is tried where fewer than 100 draws carry weight:
    points led by a few draws could settle on one mode of several.

    Parameters
    ----------
    start : Weighted
        The points and their weights.
    log_proposal : ndarray, shape (chain, draw)
        Log density that `start.points` were drawn from, up to a constant.
    log_target : callable
        Log density of the target at any points, up to a constant.

    Returns
    -------
    Weighted
        The points with the best weights.

    References
    ----------
    Paananen et al. (2021), arXiv:1906.08850, implicitly adaptive importance sampling.
    """
    best, proposal = start, log_proposal
    if start.weights.effective_size < LEAST_TO_MATCH:
        return start
    for _ in range(MOST_ROUNDS):
        if best.weights.passed:
            break
        for name, move in MOVES.items():
            points, log_volume = move(best.points, np.exp(best.weights.log))
            weights = smoothed(log_target(points) - (proposal - log_volume))
            if weights.rank < best.weights.rank:
                best, proposal = Weighted(points, weights, (*best.moves, name)), proposal - log_volume
                break
        else:
            break
    return best


def _shifted(points: Array, weight: Array) -> tuple[Array, float]:
    """Points moved to the weighted mean, and the log volume of the map."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    return points + (w @ flat - flat.mean(axis=0)), 0.0


def _scaled(points: Array, weight: Array) -> tuple[Array, float]:
    """Points moved to the weighted mean and standard deviations."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    before, after = flat.mean(axis=0), w @ flat
    stretch = np.sqrt(w @ (flat - after) ** 2 / flat.var(axis=0))
    return after + (points - before) * stretch, float(np.log(stretch).sum())


def _turned(points: Array, weight: Array) -> tuple[Array, float]:
    """Points moved to the weighted mean and covariance."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    before, after = flat.mean(axis=0), w @ flat
    plain = np.cov(flat, rowvar=False, bias=True)
    moved = (flat - after).T @ ((flat - after) * w[:, None])
    try:
        old, new = np.linalg.cholesky(plain), np.linalg.cholesky(moved)
    except np.linalg.LinAlgError:  # too few draws carry the weight for a covariance
        return _scaled(points, weight)
    matrix = np.linalg.solve(old.T, new.T)  # x → x @ matrix has covariance `moved`
    log_volume = float(np.log(np.diag(new)).sum() - np.log(np.diag(old)).sum())
    return after + (points - before) @ matrix, log_volume


MOVES: dict[str, Callable[[Array, Array], tuple[Array, float]]] = {
    "mean": _shifted,
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
