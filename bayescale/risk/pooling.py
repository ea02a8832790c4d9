"""What groups have in common: partial pooling of the mixing law's parameters, each by as much as the data say.

In its standard normal coordinates, group g's parameter k is z_gk = sqrt(r_k) m_k + sqrt(1 - r_k) e_gk, with m and e
standard normal and r_k, the share that groups have in common, Beta. So each group by itself has the same prior whatever
r is: one group is answered as if there were no pooling, and what is learnt is only how alike groups are.

The points on which the groups were explored serve again (Hogg, Myers and Bovy 2010, arXiv 1008.4146): given what is
common, a group's posterior is a choice among them; given the choices, what is common is normal and one number in
closed form. A Gibbs sampler goes back and forth, a few chains side by side.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from bayescale.risk.importance_sampling import Points, chosen

type Array = NDArray[np.float64]

#: Share in common: Beta(1.5, 1.5), and never so large that the points are too coarse for it.
COMMON = (1.5, 1.5)
MOST_COMMON = 0.95
CHAINS = 4
MOST_POINTS = 4096  # of those explored, at random
BLOCK = 64  # points are looked up in two steps
WARM_UP = 50  # sweeps that are forgotten, from independent posteriors
_SHARES = MOST_COMMON * np.asarray(beta.ppf((np.arange(60) + 0.5) / 60, *COMMON))  # equally probable a priori


@dataclass(frozen=True, eq=False)
class Pooled:
    """Draws, chain after chain: `place` (n_draws, n_groups) are indices of points; `common` (n_draws, n_dims) is how
    much groups share, NaN for one group."""

    place: NDArray[np.int64]
    common: Array


def pool(points: Points, draws: int, rng: np.random.Generator) -> Pooled:
    """Posterior draws of every group's point, groups partially pooled; one group is drawn independently."""
    if points.groups == 1:
        place = chosen(points.log_weight[0], draws, rng)[:, None]
        return Pooled(place, np.full((draws, points.z.shape[1]), np.nan))
    few = np.sort(rng.permutation(len(points.z))[: min(MOST_POINTS, len(points.z) // BLOCK * BLOCK)])
    points = points.at(few)
    likelihood = np.empty((len(few) // BLOCK, points.groups, BLOCK), dtype=np.float32)  # (block, group, within)
    for group, own in enumerate(points.log_likelihood):
        likelihood[:, group] = np.exp(own - own.max()).reshape(-1, BLOCK)
    sweeps = -(-draws // CHAINS)
    place = np.stack(
        [chosen(own, CHAINS, rng) for part in points.log_weights() for own in part], axis=1
    )  # (chain, group)
    kept: list[tuple[NDArray[np.int64], Array]] = []
    for sweep in range(WARM_UP + sweeps):
        mean, common = _common(points.z[place], rng)
        place = _places(points, likelihood, mean, common, rng)
        if sweep >= WARM_UP:
            kept.append((place, common))
    by_chain = [np.stack(part, axis=1).reshape(CHAINS * sweeps, -1)[:draws] for part in zip(*kept, strict=True)]
    return Pooled(few[by_chain[0]], by_chain[1])


def _common(z: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """What is common given the groups' coordinates z (chain, group, dim): mean m and share r, each (chain, dim).

    Given r the groups are normal with variances 1 and covariances r, so m drops out and r is drawn on a grid.
    """
    groups, total, squares = z.shape[1], z.sum(axis=1)[..., None], (z**2).sum(axis=1)[..., None]
    inflation = 1 + (groups - 1) * _SHARES
    quadratic = (squares - _SHARES * total**2 / inflation) / (1 - _SHARES)
    log_density = -0.5 * (quadratic + (groups - 1) * np.log(1 - _SHARES) + np.log(inflation))
    cumulative = np.cumsum(np.exp(log_density - log_density.max(axis=-1, keepdims=True)), axis=-1)
    turn = rng.random(cumulative.shape[:-1])[..., None] * cumulative[..., -1:]
    common = _SHARES[np.minimum((cumulative < turn).sum(axis=-1), len(_SHARES) - 1)]
    precision = 1 + groups * common / (1 - common)
    centre = np.sqrt(common) / (1 - common) * total[..., 0] / precision
    return centre + rng.standard_normal(centre.shape) / np.sqrt(precision), common


def _places(
    points: Points, likelihood: NDArray[np.float32], mean: Array, common: Array, rng: np.random.Generator
) -> NDArray[np.int64]:
    """One point of every group given what is common: (chain, group)."""
    precision, shift = 1 / (1 - common), np.sqrt(common) * mean
    exponent = (shift * precision) @ points.z.T - 0.5 * precision @ (points.z**2).T - points.log_drawn
    kernel = np.exp(exponent - exponent.max(axis=1, keepdims=True)).astype(np.float32)
    blocks = kernel.reshape(len(kernel), -1, BLOCK).swapaxes(0, 1)
    return _chosen(np.ascontiguousarray(blocks), likelihood, rng)


def _chosen(
    kernel: NDArray[np.float32], likelihood: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.int64]:
    """One place for each chain and group by the products of kernel (block, chain, within) and likelihood (block, group,
    within): first its block, then within it. Sums of blocks are matrix products, so that the products of all chains,
    groups and places are never held."""
    sums = likelihood @ kernel.swapaxes(1, 2)  # (block, group, chain)
    for before, after in pairwise(sums):  # what np.cumsum does, which is slow along the first axis
        after += before
    turn = rng.random(sums.shape[:0:-1], dtype=np.float32) * sums[-1].T  # (chain, group)
    block = np.minimum((sums < turn.T).sum(axis=0).T, len(sums) - 1)
    groups = likelihood.shape[1]
    within = likelihood.reshape(-1, BLOCK).take(block * groups + np.arange(groups), axis=0)
    within *= kernel[block, np.arange(len(block))[:, None]]
    np.cumsum(within, axis=-1, out=within)
    rest = rng.random(turn.shape, dtype=np.float32) * within[..., -1]
    return np.asarray(block * BLOCK + (within < rest[..., None]).sum(axis=-1))
