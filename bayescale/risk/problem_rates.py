"""Posterior means of functions of each measured problem's own rate."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.risk.grid import RATE
from bayescale.risk.posterior import drawn, problems_of, settings

type Array = NDArray[np.float64]


def posterior_means(tree: xr.DataTree, group: int, values: Array, at_zero: float = 0.0) -> Array:
    """Posterior mean of a function of the rate, for every problem of a group that was tried.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.
    group : int
        Number of the group.
    values : ndarray, shape (n_nodes,)
        The function at the grid of rates λ = -log(1 - p), `nodes.RATE`.
    at_zero : float, default 0.0
        The function at p = 0.

    Returns
    -------
    ndarray, shape (n_tried,)
        In the order of the problems.
    """
    problems, law = problems_of(tree), drawn(tree, group)
    tried = np.flatnonzero((problems.group == group) & (problems.attempts > 0))
    total = np.zeros(len(tried))
    for setting, verdicts in enumerate(settings(tree)):
        draws = law.setting == setting
        counted = problems.counted(verdicts)
        places = {pair: place for place, pair in enumerate(zip(counted.attempts, counted.successes, strict=True))}
        pair = [places[counts] for counts in zip(problems.attempts[tried], problems.successes[tried], strict=True)]
        used, of = np.unique(pair, return_inverse=True)
        likelihood, zero = counted.likelihood[used], counted.at_zero[used]
        chance = law.mass[draws] @ likelihood.T + law.zero[draws, None] * zero
        weighted = law.mass[draws] @ (likelihood * values).T + law.zero[draws, None] * zero * at_zero
        total += (weighted / np.maximum(chance, 1e-300)).sum(axis=0)[of]
    return total / len(law.mass)


def rates_of(tree: xr.DataTree, group: int) -> Array:
    """Posterior mean success rate of every problem of a group that was tried: (n_tried,)."""
    return posterior_means(tree, group, -np.expm1(-RATE))
