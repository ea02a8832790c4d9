"""Partial pooling: the share of each parameter of a mixing law that groups have in common, learnt from the data.

In its standard normal coordinates, group g's parameter k is z_gk = sqrt(r_k) m_k + sqrt(1 - r_k) e_gk, with m and e
standard normal and r_k, the share that groups have in common, Beta. The prior of a single group is the same for every
r: one group is fitted as without pooling, and the data of several inform only how similar groups are.

The points on which the groups were explored are used again (Hogg, Myers and Bovy 2010, arXiv 1008.4146): given m and r,
a group's posterior is a choice among the points; given the choices, m is normal and r is drawn on a grid. A Gibbs
sampler alternates between the two, in a few chains.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from bayescale.risk.sampling.importance_sampling import Points
from bayescale.risk.sampling.weights import resample

type Array = NDArray[np.float64]

#: Prior of the share in common: Beta(1, 2) times its largest value, beyond which the points are too coarse.
COMMON = (1.0, 2.0)
MOST_COMMON = 0.95
CHAINS = 4
MOST_POINTS = 4096  # a random choice of the points explored
BLOCK = 64  # points are drawn in two steps, a block and a point of it
WARM_UP = 50  # sweeps that are discarded, starting at independent posteriors
_SHARES = MOST_COMMON * np.asarray(betaincinv(*COMMON, (np.arange(60) + 0.5) / 60))  # equally probable a priori


@dataclass(frozen=True, eq=False)
class Pooled:
    """Draws of pooled groups, chain after chain.

    Attributes
    ----------
    point : ndarray of int, shape (n_draws, n_groups)
        Index of each group's point.
    common : ndarray, shape (n_draws, n_dims)
        Share of each coordinate that groups have in common; NaN for one group.
    """

    point: NDArray[np.int64]
    common: Array


def pool(points: Points, draws: int, rng: np.random.Generator) -> Pooled:
    """Draw a point of every group from the posterior with partial pooling.

    Parameters
    ----------
    points : Points
        Points with the log likelihood of each group.
    draws : int
        Number of draws.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Pooled
        The draws; a single group is drawn from its own posterior.
    """
    if points.groups == 1:
        point = resample(points.log_weight[0], draws, rng)[:, None]
        return Pooled(point, np.full((draws, points.z.shape[1]), np.nan))
    subset = np.sort(rng.permutation(len(points.z))[: min(MOST_POINTS, len(points.z) // BLOCK * BLOCK)])
    points = points.at(subset)
    likelihood = np.empty((len(subset) // BLOCK, points.groups, BLOCK), dtype=np.float32)  # (block, group, within)
    for group, log_likelihood in enumerate(points.log_likelihood):
        likelihood[:, group] = np.exp(log_likelihood - log_likelihood.max()).reshape(-1, BLOCK)
    sweeps = -(-draws // CHAINS)
    log_weights = (log_weight for part in points.log_weights() for log_weight in part)
    point = np.stack([resample(log_weight, CHAINS, rng) for log_weight in log_weights], axis=1)  # (chain, group)
    states: list[tuple[NDArray[np.int64], Array]] = []
    for sweep in range(WARM_UP + sweeps):
        mean, common = _draw_common(points.z[point], rng)
        point = _draw_points(points, likelihood, mean, common, rng)
        if sweep >= WARM_UP:
            states.append((point, common))
    by_chain = [np.stack(part, axis=1).reshape(CHAINS * sweeps, -1)[:draws] for part in zip(*states, strict=True)]
    return Pooled(subset[by_chain[0]], by_chain[1])


def _draw_common(z: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Mean m and share r in common given the groups' coordinates z (chain, group, dim), each (chain, dim).

    Given r the groups are normal with variances 1 and covariances r, so m drops out and r is drawn on a grid.
    """
    groups, total, squares = z.shape[1], z.sum(axis=1)[..., None], (z**2).sum(axis=1)[..., None]
    inflation = 1 + (groups - 1) * _SHARES
    quadratic = (squares - _SHARES * total**2 / inflation) / (1 - _SHARES)
    log_density = -0.5 * (quadratic + (groups - 1) * np.log(1 - _SHARES) + np.log(inflation))
    cumulative = np.cumsum(np.exp(log_density - log_density.max(axis=-1, keepdims=True)), axis=-1)
    uniform = rng.random(cumulative.shape[:-1])[..., None] * cumulative[..., -1:]
    common = _SHARES[np.minimum((cumulative < uniform).sum(axis=-1), len(_SHARES) - 1)]
    precision = 1 + groups * common / (1 - common)
    centre = np.sqrt(common) / (1 - common) * total[..., 0] / precision
    return centre + rng.standard_normal(centre.shape) / np.sqrt(precision), common


def _draw_points(
    points: Points, likelihood: NDArray[np.float32], mean: Array, common: Array, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Point of every group given m and r: (chain, group)."""
    precision, shift = 1 / (1 - common), np.sqrt(common) * mean
    exponent = (shift * precision) @ points.z.T - 0.5 * precision @ (points.z**2).T - points.log_drawn
    kernel = np.exp(exponent - exponent.max(axis=1, keepdims=True)).astype(np.float32)
    return _draw_indices(kernel.reshape(len(kernel), -1, BLOCK), likelihood, rng)


def _draw_indices(
    kernel: NDArray[np.float32], likelihood: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Index for each chain and group, drawn in proportion to kernel · likelihood.

    The kernel is (chain, block, within), the likelihood (block, group, within). The block is drawn first, then the
    index within it, chain by chain. Sums of blocks are matrix products, so that the products of all chains, groups and
    points are never in memory.
    """
    sums = likelihood @ np.ascontiguousarray(kernel.swapaxes(0, 1)).swapaxes(1, 2)  # (block, group, chain)
    _accumulate(sums)
    total = sums[-1].T  # (chain, group)
    block = np.minimum(_count_below(sums, (rng.random(total.shape, dtype=np.float32) * total).T).T, len(sums) - 1)
    uniform = rng.random(total.shape, dtype=np.float32)
    rows, first = likelihood.reshape(-1, BLOCK), np.arange(likelihood.shape[1])
    index = np.empty(block.shape, dtype=np.int64)
    for chain, (of_chain, drawn) in enumerate(zip(kernel, block, strict=True)):
        within = rows.take(drawn * len(first) + first, axis=0)
        within *= of_chain.take(drawn, axis=0)
        cumulative = np.ascontiguousarray(within.T)  # (within, group)
        _accumulate(cumulative)
        index[chain] = drawn * BLOCK + _count_below(cumulative, uniform[chain] * cumulative[-1])
    return index


def _accumulate(values: NDArray[np.float32]) -> None:
    """Cumulative sums along the first axis, in place; np.cumsum is several times slower."""
    for previous, current in pairwise(values):
        current += previous


def _count_below(values: NDArray[np.float32], threshold: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many values, at most 127, lie below a threshold along the first axis; a sum of bytes is the fastest."""
    below = values < np.ascontiguousarray(threshold)
    return below.view(np.int8).sum(axis=0, dtype=np.int8).astype(np.int64)
