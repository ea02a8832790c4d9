"""Posteriors of few parameters by adaptive importance sampling, for many groups on one set of points.

All coordinates are standard normal a priori. Points are drawn from the prior (a scrambled Sobol sequence) and then,
round by round, from Student-t proposals fitted to the groups whose weights are still too uneven; every point is
weighted by the mixture of all proposals (Owen and Zhou 2000; Elvira et al. 2019, arXiv 1511.03095). A point serves
every group, so what is costly (a mixing law on the nodes) is computed once for all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp
from scipy.stats import norm, qmc

type Array = NDArray[np.float64]

FIRST = 2048  # points of the prior
EACH = 512  # points a round for each group that needs them …
MOST = 6  # … of which the neediest take their turn: groups alike are served by one another's points
ROUNDS = 20
ENOUGH = 500.0  # effective number of points of a group's posterior
WEIGHTS = 1_000_000  # values (group, point) of the weights that are held together
MOST_VALUES = 8_000_000  # values (group, point) of the likelihood that are kept once explored: 64 MB
_DEGREES = 5.0
_PRIOR_SHARE = 0.15  # of each round, so that no weight is unbounded


@dataclass(frozen=True, eq=False)
class Points:
    """Points, and each group's log likelihood at them.

    Parameters
    ----------
    z : array (n_points, n_dims)
    log_drawn : array (n_points,)
        Log density that the points were drawn from.
    blocks : arrays (n_groups, n_points of the block)
        Log likelihoods, block by block of consecutive points; none where they are evaluated again when asked for.
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
        """Log likelihoods at all points, (n_groups, n_points)."""
        if len(self.blocks) == 1:
            return self.blocks[0]
        return np.concatenate(self.blocks, axis=1) if self.blocks else self.evaluate(self.z)

    @property
    def log_weight(self) -> Array:
        """Log of likelihood times prior over the density drawn from, (n_groups, n_points): its mean is the evidence."""
        return np.asarray(self.log_likelihood + (log_normal(self.z) - self.log_drawn))

    def log_weights(self) -> Iterator[Array]:
        """The rows of `log_weight`, some groups at a time: all of them need several times the memory of `blocks`."""
        prior, size = log_normal(self.z) - self.log_drawn, max(1, WEIGHTS // len(self.z))
        for start in range(0, self.groups, size):
            part = slice(start, start + size)
            yield np.concatenate([block[part] for block in self.blocks], axis=1) + prior

    def at(self, places: NDArray[np.int64]) -> "Points":
        """Some of the points; `places` ascend."""
        z = self.z[places]
        if not self.blocks:
            return replace(self, z=z, log_drawn=self.log_drawn[places], blocks=(self.evaluate(z),))
        ends = np.cumsum([block.shape[1] for block in self.blocks])
        parts = np.split(places, np.searchsorted(places, ends[:-1]))
        starts = np.r_[0, ends[:-1]]
        values = [block[:, part - start] for block, part, start in zip(self.blocks, parts, starts, strict=True)]
        return replace(self, z=z, log_drawn=self.log_drawn[places], blocks=(np.concatenate(values, axis=1),))


@dataclass(frozen=True, eq=False)
class Explored:
    """Points, and what all of them say of each group by itself, (n_groups,): its log marginal likelihood, the effective
    number of points, and the Pareto shape of their weights."""

    points: Points
    log_evidence: Array
    effective: Array
    pareto_k: Array


@dataclass(frozen=True, eq=False)
class _Proposal:
    count: int
    centre: Array
    root: Array  # lower Cholesky factor of the scale matrix


def explore(log_likelihood: Callable[[Array], Array], dims: int, rng: np.random.Generator) -> Points:
    """Points that cover every group's posterior; `log_likelihood` maps z (n, dims) to (n_groups, n)."""
    z = norm.ppf(np.clip(qmc.Sobol(dims, rng=rng).random(FIRST), 1e-9, 1 - 1e-9))
    value, proposals = log_likelihood(z), list[_Proposal]()
    points = Points(z, log_normal(z), (value,), log_likelihood, len(value))
    for _ in range(ROUNDS):
        size = np.concatenate([effective(weight) for weight in points.log_weights()])
        needy = [group for group in np.argsort(size)[:MOST] if size[group] < ENOUGH]
        if not needy:
            break
        prior = log_normal(points.z) - points.log_drawn
        own = [np.concatenate([block[group] for block in points.blocks]) + prior for group in needy]
        fresh = [_Proposal(EACH, *_moments(points.z, weight)) for weight in own]
        more = np.concatenate([_drawn(one, rng) for one in fresh])
        proposals += fresh
        z = np.concatenate([points.z, more])
        blocks = (*points.blocks, log_likelihood(more))
        points = replace(points, z=z, log_drawn=_log_mixture(z, proposals), blocks=blocks)
    return points


def explored(log_likelihood: Callable[[Array], Array], dims: int, rng: np.random.Generator) -> Explored:
    """Points as of `explore`, and what they say of each group; of many groups without the log likelihoods, which would
    be the most of what a fit holds."""
    points = explore(log_likelihood, dims, rng)
    parts = [
        (logsumexp(weight, axis=1) - np.log(len(points.z)), effective(weight), pareto_k(weight))
        for weight in points.log_weights()
    ]
    evidence, size, shape = (np.concatenate(part) for part in zip(*parts, strict=True))
    many = points.groups * len(points.z) > MOST_VALUES
    return Explored(replace(points, blocks=()) if many else points, evidence, size, shape)


def effective(log_weight: Array) -> Array:
    """Effective number of points (Kish) of log weights over the last axis."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight.sum(axis=-1) ** 2 / (weight**2).sum(axis=-1))


def pareto_k(log_weight: Array) -> Array:
    """Shape of the tail of importance weights over the last axis (Vehtari et al. 2024): above 0.7 their mean is not to
    be trusted. The tail is 3 √n of n weights, n above 225; NaN where a quarter of it equals its least."""
    count = log_weight.shape[-1]
    tail = int(3 * np.sqrt(count))
    largest = np.sort(np.partition(log_weight, count - tail - 1, axis=-1)[..., count - tail - 1 :], axis=-1)
    weight = np.exp(largest - largest[..., -1:])
    excess = (weight[..., 1:] - weight[..., :1]).reshape(-1, tail)
    with np.errstate(all="ignore"):  # weights may all be equal, or fall off without bound
        return np.array([_pareto_shape(row) for row in excess]).reshape(log_weight.shape[:-1])


def _pareto_shape(excess: Array) -> float:
    """Shape of a generalised Pareto law of ascending values (Zhang and Stephens 2009), drawn to 0.5 by as much as ten
    values would (Vehtari et al. 2024): what ArviZ computes one array at a time with all that it asks of it first."""
    count, grid = len(excess), 30 + int(np.sqrt(len(excess)))
    quartile = excess[int(count / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return float("nan")
    b = (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quartile) + 1 / excess[-1]
    shape = np.log1p(-b[:, None] * excess).mean(axis=1)
    log_density = count * (np.log(-b / shape) - shape - 1)
    share = np.exp(log_density - log_density.max())
    share /= share.sum()
    share[share < 10 * np.finfo(float).eps] = 0.0
    best = np.log1p(-(b @ share) / share.sum() * excess).mean()
    return float("inf") if np.isnan(best) else float((count * best + 5) / (count + 10))


def chosen(log_weight: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`count` indices in random order, each as often as its weight says (systematic resampling)."""
    share = np.cumsum(np.exp(log_weight - log_weight.max()))
    places = (rng.random() + np.arange(count)) / count * share[-1]
    return rng.permutation(np.minimum(np.searchsorted(share, places), len(share) - 1))


def log_normal(z: Array) -> Array:
    """Log density of independent standard normals, over the last axis."""
    return np.asarray(-0.5 * (z**2).sum(axis=-1) - 0.5 * z.shape[-1] * np.log(2 * np.pi))


def _moments(z: Array, log_weight: Array) -> tuple[Array, Array]:
    """Weighted mean and Cholesky factor; weights are flattened until enough points count for a covariance."""
    power, dims = 1.0, z.shape[1]
    while effective(power * log_weight) < 8 * dims + 20 and power > 1e-3:
        power *= 0.7
    weight = np.exp(power * (log_weight - log_weight.max()))
    weight /= weight.sum()
    centre = weight @ z
    away = z - centre
    covariance = 1.2 * away.T @ (away * weight[:, None]) + 1e-4 * np.eye(dims)
    return centre, np.linalg.cholesky(covariance)


def _drawn(proposal: _Proposal, rng: np.random.Generator) -> Array:
    count, dims = proposal.count, len(proposal.centre)
    stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, count))[:, None]
    z = proposal.centre + stretch * rng.standard_normal((count, dims)) @ proposal.root.T
    prior = rng.random(count) < _PRIOR_SHARE
    z[prior] = rng.standard_normal((int(prior.sum()), dims))
    return np.asarray(z)


def _log_mixture(z: Array, proposals: list[_Proposal]) -> Array:
    """Log density of a point drawn from all proposals in their shares, the prior first."""
    prior = log_normal(z)
    total = FIRST + sum(one.count for one in proposals)
    of_prior = FIRST + _PRIOR_SHARE * (total - FIRST)
    out = np.log(of_prior) + prior
    for one in proposals:
        out = np.logaddexp(out, np.log((1 - _PRIOR_SHARE) * one.count) + _log_student(z, one))
    return np.asarray(out - np.log(total))


def _log_student(z: Array, proposal: _Proposal) -> Array:
    dims, v = len(proposal.centre), _DEGREES
    inverse = np.linalg.inv(proposal.root)
    squares = (((z - proposal.centre) @ inverse.T) ** 2).sum(axis=1)
    constant = gammaln((v + dims) / 2) - gammaln(v / 2) - 0.5 * dims * np.log(v * np.pi)
    return np.asarray(constant - np.log(np.diag(proposal.root)).sum() - (v + dims) / 2 * np.log1p(squares / v))
