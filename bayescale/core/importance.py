"""Importance weights of draws: Pareto smoothing, moment matching, resampling. Arrays in, arrays out.

Vehtari, Simpson, Gelman, Yao and Gabry 2024 (arXiv 1507.02646): Pareto-smoothed importance sampling. Paananen,
Piironen, Bürkner and Vehtari 2021 (arXiv 1906.08850): implicitly adaptive importance sampling by moment matching.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.core.diagnostics import LEAST_ESS, MOST_PARETO_K

type Array = NDArray[np.float64]
type Density = Callable[[Array], Array]

MOST_ROUNDS = 8  # of moment matching
LEAST_TO_MATCH = 100.0  # effective draws: fewer do not tell where a posterior went, nor whether to one place
MOST_COPIES = 4  # resampled draws for each effective one


@dataclass(frozen=True, eq=False)
class Weights:
    """Smoothed importance weights of draws.

    log             (chain, draw): their sum is one.
    pareto_k        shape of the tail of the ratios; NaN where they do not look like a tail at all.
    effective_size  independent draws that the weighted ones are worth: r/Σw², r the relative efficiency of the chains
                    for the ratios (at most 1).
    """

    log: Array
    pareto_k: float
    effective_size: float

    @property
    def passed(self) -> bool:
        return bool(self.pareto_k <= MOST_PARETO_K and self.effective_size >= LEAST_ESS)

    @property
    def rank(self) -> tuple[float, float]:
        """Smaller is better: the tail until it passes, then the effective size."""
        return max(np.nan_to_num(self.pareto_k, nan=np.inf), MOST_PARETO_K), -self.effective_size


@dataclass(frozen=True, eq=False)
class Weighted:
    """Points (chain, draw, coordinate) with their weights; `moves` says how often they were moved as a whole."""

    points: Array
    weights: Weights
    moves: tuple[str, ...] = ()


def smoothed(log_ratios: Array) -> Weights:
    """Weights from log importance ratios (chain, draw); −inf is a ratio of zero, NaN counts as that."""
    from arviz_stats.base import array_stats

    ratios = np.where(np.isnan(log_ratios), -np.inf, log_ratios)
    if not np.isfinite(ratios).any():
        return Weights(np.full(ratios.shape, -np.log(ratios.size)), np.inf, 0.0)
    ratios = ratios - ratios.max()
    if np.ptp(ratios) < 1e-12:  # nothing to weigh
        return Weights(np.full(ratios.shape, -np.log(ratios.size)), -np.inf, float(ratios.size))
    with np.errstate(all="ignore"):
        ess = float(array_stats.ess(np.exp(ratios), method="mean", chain_axis=0, draw_axis=1))
        relative = min(ess / ratios.size, 1.0) if np.isfinite(ess) else 1.0
        log, pareto_k = array_stats.psislw(-ratios, r_eff=relative, axis=(-2, -1))
    return Weights(np.asarray(log), float(pareto_k), relative / float(np.exp(2 * log).sum()))


def moment_matched(start: Weighted, log_proposal: Array, log_target: Density) -> Weighted:
    """Move all points by affine maps towards where their weights pull, as long as that makes the weights better.

    `log_proposal` (chain, draw) is the log density that `start.points` were drawn from, `log_target` the one wanted at
    any points; both up to constants. A map T of the points makes draws of the density p(T⁻¹·)/|T|: weighed by that,
    whatever T was tried, moved points are as much draws of the target as those of `start`. Nothing is tried where next
    to no draw carries weight: points led by a few could settle on one mode of several, and look well there.
    """
    found, proposal = start, log_proposal
    if start.weights.effective_size < LEAST_TO_MATCH:
        return start
    for _ in range(MOST_ROUNDS):
        if found.weights.passed:
            break
        for name, move in MOVES.items():
            points, log_volume = move(found.points, np.exp(found.weights.log))
            weights = smoothed(log_target(points) - (proposal - log_volume))
            if weights.rank < found.weights.rank:
                found, proposal = Weighted(points, weights, (*found.moves, name)), proposal - log_volume
                break
        else:
            break
    return found


def _shifted(points: Array, weight: Array) -> tuple[Array, float]:
    """The weighted mean for the mean."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    return points + (w @ flat - flat.mean(axis=0)), 0.0


def _scaled(points: Array, weight: Array) -> tuple[Array, float]:
    """The weighted mean and standard deviations for the plain ones."""
    flat, w = points.reshape(-1, points.shape[-1]), weight.ravel()
    before, after = flat.mean(axis=0), w @ flat
    stretch = np.sqrt(w @ (flat - after) ** 2 / flat.var(axis=0))
    return after + (points - before) * stretch, float(np.log(stretch).sum())


def _turned(points: Array, weight: Array) -> tuple[Array, float]:
    """The weighted mean and covariance for the plain ones."""
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
    """Indices into the flattened draws by systematic resampling, in the draws' order.

    One random number places an even grid on the summed weights, so of n a draw of weight w comes n·w times to within
    one. There are as many as draws, but no more than MOST_COPIES times what they are worth: w is at most 1/√(effective
    size), so that copies of one draw never fill a tail of 3·√n draws that a Pareto distribution is fitted to later.
    """
    count = int(min(weights.log.size, MOST_COPIES * weights.effective_size))
    ends = np.cumsum(np.exp(weights.log).ravel())
    grid = (rng.random() + np.arange(count)) / count
    return np.minimum(np.searchsorted(ends / ends[-1], grid, side="right"), len(ends) - 1)
