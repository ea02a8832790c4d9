"""The plug-in estimator of observed rates, the reference for other estimators."""

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.risk.estimators.estimate import Estimate, point_estimate, read_arguments


@checked
def naive(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N as 1 - mean((1 - s/n)^N), with each problem's observed rate as its true rate.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts n and successes s per problem; attempts may differ between problems.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the interval; this estimator has none.

    Returns
    -------
    Estimate
        Without an interval. The bias is downwards: a problem that is not broken yet counts as never broken.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equation 15; Chen et al. (2021), arXiv:2107.03374, who advise against it.
    """
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    with np.errstate(divide="ignore"):  # a rate of 1
        value = -np.expm1(numbers[:, None] * np.log1p(-s / n)).mean(axis=-1)
    return point_estimate(
        "naive",
        numbers,
        value + 0.0,
        "SABER, arXiv 2601.22636, equation 15; Chen et al. 2021, arXiv 2107.03374, who advise against it",
        "biased downwards: a problem that is not broken yet counts as never broken",
    )
