"""Posterior means of functions of each measured problem's own success rate."""

import numpy as np
from numpy.typing import NDArray

from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior

type Array = NDArray[np.float64]


def posterior_means(posterior: RiskPosterior, group: int, values: Array, at_zero: float = 0.0) -> Array:
    """Compute the posterior mean of a function of the rate, for every problem of a group that has attempts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.
    values : ndarray, shape (n_nodes,)
        The function at the grid of rates λ = -log(1 - p), `grid.RATE`.
    at_zero : float, default 0.0
        The function at p = 0.

    Returns
    -------
    ndarray, shape (n_tried,)
        In the order of the problems.
    """
    problems, laws = posterior.problems, posterior.law_draws(group)
    tried = problems.tried(group)
    total = np.zeros(len(tried))
    for index, counts in enumerate(posterior.counts):
        draws = laws.judge_index == index
        pair = counts.pair_index(problems.attempts[tried], problems.successes[tried])
        used, inverse = np.unique(pair, return_inverse=True)
        likelihood, zero = counts.likelihood[used], counts.at_zero[used]
        chance = laws.mass[draws] @ likelihood.T + laws.zero[draws, None] * zero
        weighted = laws.mass[draws] @ (likelihood * values).T + laws.zero[draws, None] * zero * at_zero
        total += (weighted / np.maximum(chance, 1e-300)).sum(axis=0)[inverse]
    return total / len(laws.mass)


def mean_rates(posterior: RiskPosterior, group: int) -> Array:
    """Compute the posterior mean success rate of every problem of a group that has attempts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.

    Returns
    -------
    ndarray, shape (n_tried,)
        Rates in one attempt, in the order of the problems.
    """
    return posterior_means(posterior, group, -np.expm1(-RATE))
