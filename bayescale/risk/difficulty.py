"""The factor of difficulty that groups share: a Gaussian copula between the rates of one problem in several groups.

A problem that is hard for one model is often hard for the next. The normal score of a problem's rate in group j, the
normal quantile of its rank in the group's mixing law, is s_j = a_j u + sqrt(1 - a_j^2) e_j. The factor u of the problem
is shared by the groups, e_j is independent, both are standard normal, and a_j from 0 to 1 is the loading of the group.
The groups form a chain in the order of their typical rates, and the factor of a problem changes from one group to
the next with a correlation r: the normal scores of groups that are d places apart have correlation a_j a_k r^d. For two
groups r is 1. Each group keeps its own mixing law; problems that are never broken have the lowest scores.

Given u, a mixing law is shifted and narrowed on the scale of normal scores, and the groups of a problem are
independent. Factor and loadings take values on grids.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.risk.grid import Counts

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

FACTOR = np.linspace(-4.0, 4.0, 25)
#: a^2, the share of the variance of normal scores that is explained by the factor; uniform a priori.
COMMUNALITY = np.array([0.0, 0.2, 0.4, 0.55, 0.7, 0.8, 0.88, 0.93, 0.965])
LOADING = np.sqrt(COMMUNALITY)
#: Correlations of a problem's factor between neighbouring groups, equally probable a priori.
NEIGHBOURS = np.array([1.0, 0.97, 0.93, 0.85, 0.7, 0.4])
_SCORES = np.concatenate([[-np.inf], np.linspace(-5.0, 5.0, 161), [np.inf]])  # ends of cells of normal scores
_RANKS = ndtr(_SCORES)


def _log_probabilities(weight: Array) -> Array:
    return np.asarray(np.log(weight / weight.sum()))


LOG_FACTOR = _log_probabilities(np.exp(-0.5 * FACTOR**2))
LOG_COMMUNALITY = _log_probabilities(np.gradient(COMMUNALITY))


def _transition(correlation: float) -> Array:
    """Probability of the factor in the next group given that in a group: (n_factors, n_factors)."""
    if correlation == 1:
        return np.eye(len(FACTOR))
    log_density = -0.5 * (FACTOR - correlation * FACTOR[:, None]) ** 2 / (1 - correlation**2)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


#: Probability of the factor in the next group given that in a group, for each of `NEIGHBOURS`.
TRANSITIONS = [_transition(float(correlation)) for correlation in NEIGHBOURS]


@dataclass(frozen=True, eq=False)
class Difficulty:
    """Draws of the factor of difficulty and of the loadings of groups.

    Attributes
    ----------
    factor : ndarray of int, shape (n_draws, n_rows)
        Value of the factor of each problem of each group, as an index into `FACTOR`; -1 for problems of one group only.
    communality : ndarray of int, shape (n_draws, n_groups)
        Squared loading of each group, as an index into `COMMUNALITY`.
    neighbours : ndarray, shape (n_draws,)
        Correlation of a problem's factor between groups that are next to each other in the order of difficulty.
    position : ndarray of int, shape (n_groups,)
        Position of each group in the order of difficulty.
    effective : ndarray, shape (n_groups,)
        Effective number of candidates from which the mixing law of each group was drawn.
    """

    factor: NDArray[np.int8]
    communality: NDArray[np.int8]
    neighbours: Array
    position: Index
    effective: Array

    def correlation(self, first: int, second: int) -> Array:
        """Compute the correlation of normal scores between two groups.

        Parameters
        ----------
        first, second : int
            Indices of groups.

        Returns
        -------
        ndarray, shape (n_draws,)
            Correlation in each draw.
        """
        distance = abs(int(self.position[first] - self.position[second]))
        loadings = LOADING[self.communality[:, first]] * LOADING[self.communality[:, second]]
        return np.asarray(loadings * self.neighbours**distance)


def mass_given_factor(mass: Array, zero: Array, communality: NDArray[np.int8]) -> Array:
    """Compute mixing laws given the factor.

    Parameters
    ----------
    mass : ndarray, shape (n_draws, n_nodes)
        Probability of each rate of the grid.
    zero : ndarray, shape (n_draws,)
        Probability of p = 0.
    communality : ndarray of int, shape (n_draws,)
        Index into `COMMUNALITY`.

    Returns
    -------
    ndarray, shape (n_draws, n_factors, 1 + n_nodes)
        Probability of each rate, that of p = 0 first.
    """
    whole = np.column_stack([zero, np.maximum(mass, 0.0)])
    below = np.cumsum(whole, axis=1)
    score = ndtri(np.minimum(below / below[:, -1:], 1.0))[:, None]
    share = COMMUNALITY[communality][:, None, None]
    conditional = ndtr((score - np.sqrt(share) * FACTOR[:, None]) / np.sqrt(1 - share))
    conditional[..., -1] = 1.0
    conditional[..., 1:] -= conditional[..., :-1].copy()
    return np.asarray(conditional)


def log_chances(mass: Array, zero: Array, counts: Counts, pairs: Index) -> NDArray[np.float32]:
    """Compute the log probability of counts given the factor, for every communality and mixing law.

    Parameters
    ----------
    mass : ndarray, shape (n_laws, n_nodes)
        Probability of each rate of the grid.
    zero : ndarray, shape (n_laws,)
        Probability of p = 0.
    counts : Counts
        Distinct counts and their likelihood.
    pairs : ndarray of int, shape (n_pairs,)
        Which of them.

    Returns
    -------
    ndarray, shape (n_communalities, n_factors, n_pairs, n_laws)
        Log probabilities.
    """
    whole = np.column_stack([zero, np.maximum(mass, 0.0)])
    whole /= whole.sum(axis=1, keepdims=True)
    likelihood = np.maximum(np.column_stack([counts.at_zero[pairs], counts.likelihood[pairs]]), 0.0).T
    out = np.empty((len(_KERNEL), len(pairs), len(whole)), dtype=np.float32)
    total = np.zeros((whole.shape[1] + 1, len(pairs)))  # integral of the likelihood over ranks, up to a node
    for law, of_law in enumerate(whole):
        ends = np.append(0.0, np.cumsum(of_law))
        np.cumsum(of_law[:, None] * likelihood, axis=0, out=total[1:])
        node = np.clip(np.searchsorted(ends, _RANKS, side="right") - 1, 0, len(of_law) - 1)
        part = np.clip((_RANKS - ends[node]) / np.maximum(of_law[node], 1e-300), 0.0, 1.0)[:, None]
        at_ranks = total[node] * (1 - part) + total[node + 1] * part
        out[..., law] = np.log(np.maximum(_KERNEL @ np.diff(at_ranks, axis=0), 1e-30))
    return out.reshape(len(COMMUNALITY), len(FACTOR), len(pairs), len(whole))


def _kernel() -> Array:
    """Density of ranks in each cell of scores given communality and factor: (communalities · factors, n_cells)."""
    share = COMMUNALITY[:, None, None]
    score = (_SCORES - np.sqrt(share) * FACTOR[:, None]) / np.sqrt(1 - share)
    below, above = ndtr(score), ndtr(-score)  # the smaller of the two has the more digits
    chance = np.where(score[..., :-1] > 0, -np.diff(above), np.diff(below))
    return np.asarray((chance / np.diff(_RANKS)).reshape(-1, len(_RANKS) - 1))


_KERNEL = _kernel()
