"""Adaptive importance sampling of posteriors with few parameters, for many groups on one set of points.

All coordinates are standard normal a priori. Points are drawn from the prior (a scrambled Sobol sequence) and then, in
rounds, from Student-t proposals fitted to the groups whose effective number of points is still low; every point is
weighted by the mixture of all proposals (Owen and Zhou 2000; Elvira et al. 2019, arXiv 1511.03095). Groups share the
points, so that the costly part (a mixing law on the grid) is computed once for all groups.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

from bayescale.risk.sampling.weights import effective_number, log_mean_and_effective_number, log_normal, pareto_k

type Array = NDArray[np.float64]

FIRST = 2048  # points drawn from the prior
PER_GROUP = 512  # points of a proposal
GROUPS_PER_ROUND = 6  # groups with the lowest effective numbers of points, which get proposals in a round
ROUNDS = 20
TARGET = 500.0  # effective number of points of a group's posterior
MOST_WEIGHTS = 1_000_000  # values (group, point) of weights in memory at once
MOST_VALUES = 8_000_000  # values (group, point) of the likelihood that are stored after exploration: 64 MB
_DEGREES = 5.0
_PRIOR_SHARE = 0.15  # of each round, so that no weight is unbounded


@dataclass(frozen=True, eq=False)
class Points:
    """Points, and each group's log likelihood at them.

    Parameters
    ----------
    z : ndarray, shape (n_points, n_dims)
        Standard normal coordinates.
    log_drawn : ndarray, shape (n_points,)
        Log density that the points were drawn from.
    blocks : tuple of ndarray, shape (n_groups, n_points of the block)
        Log likelihoods of consecutive points; empty where they are evaluated again when needed.
    evaluate : callable
        From points (n, n_dims) to their log likelihoods (n_groups, n).
    groups : int
        Number of groups.
    """

    z: Array
    log_drawn: Array
    blocks: tuple[Array, ...]
    evaluate: Callable[[Array], Array]
    groups: int

    @property
    def log_likelihood(self) -> Array:
        """Log likelihoods at all points, shape (n_groups, n_points)."""
        if len(self.blocks) == 1:
            return self.blocks[0]
        return np.concatenate(self.blocks, axis=1) if self.blocks else self.evaluate(self.z)

    @property
    def log_weight(self) -> Array:
        """Log of likelihood times prior over the density drawn from, shape (n_groups, n_points).

        The mean of the weights is the evidence.
        """
        return np.asarray(self.log_likelihood + (log_normal(self.z) - self.log_drawn))

    def log_weights(self) -> Iterator[Array]:
        """Return the rows of `log_weight`, some groups at a time, since all together need much memory.

        Yields
        ------
        ndarray, shape (n_groups at a time, n_points)
            The log weights.
        """
        prior, size = log_normal(self.z) - self.log_drawn, max(1, MOST_WEIGHTS // len(self.z))
        for start in range(0, self.groups, size):
            part = slice(start, start + size)
            weight = np.concatenate([block[part] for block in self.blocks], axis=1)
            weight += prior
            yield weight

    def at(self, indices: NDArray[np.int64]) -> "Points":
        """Return some of the points.

        Parameters
        ----------
        indices : ndarray of int
            Their indices, ascending.

        Returns
        -------
        Points
            These points.
        """
        z = self.z[indices]
        if not self.blocks:
            return replace(self, z=z, log_drawn=self.log_drawn[indices], blocks=(self.evaluate(z),))
        ends = np.cumsum([block.shape[1] for block in self.blocks])
        parts = np.split(indices, np.searchsorted(indices, ends[:-1]))
        starts = np.r_[0, ends[:-1]]
        values = [block[:, part - start] for block, part, start in zip(self.blocks, parts, starts, strict=True)]
        return replace(self, z=z, log_drawn=self.log_drawn[indices], blocks=(np.concatenate(values, axis=1),))


@dataclass(frozen=True, eq=False)
class ImportanceSample:
    """Points, and estimates for each group alone.

    Attributes
    ----------
    points : Points
        The points.
    log_evidence : ndarray, shape (n_groups,)
        Log marginal likelihood.
    effective : ndarray, shape (n_groups,)
        Effective number of points.
    pareto_k : ndarray, shape (n_groups,)
        Pareto shape of the weights.
    """

    points: Points
    log_evidence: Array
    effective: Array
    pareto_k: Array


@dataclass(frozen=True, eq=False)
class _Proposal:
    count: int
    mean: Array
    root: Array  # lower Cholesky factor of the scale matrix


def draw_points(log_likelihood: Callable[[Array], Array], dims: int, rng: np.random.Generator) -> Points:
    """Draw points that cover the posterior of every group.

    Parameters
    ----------
    log_likelihood : callable
        From coordinates (n, dims) to log likelihoods (n_groups, n).
    dims : int
        Number of coordinates.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Points
        The points.
    """
    from scipy.stats import qmc

    z = ndtri(np.clip(qmc.Sobol(dims, rng=rng).random(FIRST), 1e-9, 1 - 1e-9))
    value, proposals = log_likelihood(z), list[_Proposal]()
    points = Points(z, log_normal(z), (value,), log_likelihood, len(value))
    for _ in range(ROUNDS):
        size = np.concatenate([effective_number(weight) for weight in points.log_weights()])
        low = [group for group in np.argsort(size)[:GROUPS_PER_ROUND] if size[group] < TARGET]
        if not low:
            break
        prior = log_normal(points.z) - points.log_drawn
        log_weights = [np.concatenate([block[group] for block in points.blocks]) + prior for group in low]
        new = [_Proposal(PER_GROUP, *_moments(points.z, log_weight)) for log_weight in log_weights]
        more = np.concatenate([_draw(proposal, rng) for proposal in new])
        proposals += new
        z = np.concatenate([points.z, more])
        blocks = (*points.blocks, log_likelihood(more))
        points = replace(points, z=z, log_drawn=_log_mixture(z, proposals), blocks=blocks)
    return points


def importance_sample(
    log_likelihood: Callable[[Array], Array], dims: int, rng: np.random.Generator
) -> ImportanceSample:
    """Draw points, and estimate evidence and diagnostics of each group.

    Parameters
    ----------
    log_likelihood : callable
        From coordinates (n, dims) to log likelihoods (n_groups, n).
    dims : int
        Number of coordinates.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ImportanceSample
        Points and estimates. The points of many groups do not store log likelihoods, which need most of the memory.
    """
    points = draw_points(log_likelihood, dims, rng)
    parts = [(*log_mean_and_effective_number(weight), pareto_k(weight)) for weight in points.log_weights()]
    evidence, size, shape = (np.concatenate(part) for part in zip(*parts, strict=True))
    large = points.groups * len(points.z) > MOST_VALUES
    return ImportanceSample(replace(points, blocks=()) if large else points, evidence, size, shape)


def _moments(z: Array, log_weight: Array) -> tuple[Array, Array]:
    """Weighted mean and Cholesky factor; weights are flattened until enough points count for a covariance."""
    power, dims = 1.0, z.shape[1]
    while effective_number(power * log_weight) < 8 * dims + 20 and power > 1e-3:
        power *= 0.7
    weight = np.exp(power * (log_weight - log_weight.max()))
    weight /= weight.sum()
    mean = weight @ z
    deviation = z - mean
    covariance = 1.2 * deviation.T @ (deviation * weight[:, None]) + 1e-4 * np.eye(dims)
    return mean, np.linalg.cholesky(covariance)


def _draw(proposal: _Proposal, rng: np.random.Generator) -> Array:
    count, dims = proposal.count, len(proposal.mean)
    stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, count))[:, None]
    z = proposal.mean + stretch * rng.standard_normal((count, dims)) @ proposal.root.T
    prior = rng.random(count) < _PRIOR_SHARE
    z[prior] = rng.standard_normal((int(prior.sum()), dims))
    return np.asarray(z)


def _log_mixture(z: Array, proposals: list[_Proposal]) -> Array:
    """Log density of a point drawn from all proposals in their shares, the prior first."""
    prior = log_normal(z)
    total = FIRST + sum(proposal.count for proposal in proposals)
    of_prior = FIRST + _PRIOR_SHARE * (total - FIRST)
    out = np.log(of_prior) + prior
    for proposal in proposals:
        out = np.logaddexp(out, np.log((1 - _PRIOR_SHARE) * proposal.count) + _log_student(z, proposal))
    return np.asarray(out - np.log(total))


def _log_student(z: Array, proposal: _Proposal) -> Array:
    dims, v = len(proposal.mean), _DEGREES
    inverse = np.linalg.inv(proposal.root)
    squares = (((z - proposal.mean) @ inverse.T) ** 2).sum(axis=1)
    constant = gammaln((v + dims) / 2) - gammaln(v / 2) - 0.5 * dims * np.log(v * np.pi)
    return np.asarray(constant - np.log(np.diag(proposal.root)).sum() - (v + dims) / 2 * np.log1p(squares / v))
