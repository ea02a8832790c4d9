"""Uniformity of numbers between 0 and 1: their distribution function in simultaneous bands, calculated exactly.

Säilynoja, Bürkner and Vehtari (2022, arXiv 2103.10522) evaluate the empirical distribution function at equidistant
points, where counts are binomial, and widen the pointwise intervals until all hold together, by simulation or
recursion. Here the counts are a Poisson process given its total, so that the probability of staying inside is a chain
of convolutions (Moscovich and Nadler 2017, arXiv 1503.04363).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, gammaln, xlogy

type Array = NDArray[np.float64]

MOST_POINTS = 100  # at which the distribution function is evaluated


@lru_cache(maxsize=64)
def _tails(n: int) -> tuple[Array, Array]:
    """Points u (point,), and the two-sided tail probability of every count of n values up to u: (point, n + 1)."""
    steps = max(2, min(n, MOST_POINTS))
    u = np.arange(1, steps) / steps
    count = np.arange(n + 1)
    below, above = bdtr(count, n, u[:, None]), bdtrc(count - 1, n, u[:, None])
    return u, np.minimum(1.0, 2 * np.minimum(below, above))


def _poisson(count: NDArray[np.int64], mean: float) -> Array:
    """Probability of counts under a Poisson distribution."""
    return np.exp(xlogy(count, mean) - gammaln(count + 1) - mean)


def _all_above(n: int, level: float) -> float:
    """Probability that n uniform values have tail probabilities above a level at every point."""
    u, tails = _tails(n)
    step = _poisson(np.arange(n + 1), n / (len(u) + 1))
    state = np.zeros(n + 1)
    state[0] = 1.0
    for inside in tails > level:
        state = np.convolve(state, step)[: n + 1] * inside
    return float(min(1.0, np.convolve(state, step)[n] / _poisson(np.array(n), n)))


def p_value(values: Array) -> float:
    """Compute the probability that uniform values deviate as far from uniformity at their worst point.

    Parameters
    ----------
    values : ndarray
        Values between 0 and 1 (n,).

    Returns
    -------
    float
        The p-value of the whole distribution.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), arXiv:2103.10522. Moscovich and Nadler (2017), arXiv:1503.04363.
    """
    u, tails = _tails(len(values))
    count = np.searchsorted(np.sort(values), u, side="right")
    worst = float(tails[np.arange(len(u)), count].min())
    return max(0.0, 1.0 - _all_above(len(values), worst))


def differences(values: Array) -> tuple[Array, Array]:
    """Compute the difference of the empirical distribution function from uniform.

    Parameters
    ----------
    values : ndarray
        Values between 0 and 1 (n,).

    Returns
    -------
    tuple of ndarray
        Points u, and by how much the share of values up to each exceeds u.
    """
    u, _ = _tails(len(values))
    return u, np.searchsorted(np.sort(values), u, side="right") / len(values) - u


@lru_cache(maxsize=64)
def band(n: int, prob: float) -> tuple[Array, Array, Array]:
    """Compute the simultaneous band of the difference from uniform.

    Parameters
    ----------
    n : int
        Number of values.
    prob : float
        Probability that n uniform values stay inside everywhere; attained or slightly exceeded, since counts are whole.

    Returns
    -------
    tuple of ndarray
        Points u, and the least and greatest difference at each.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), arXiv:2103.10522.
    """
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _all_above(n, middle) >= prob else (low, middle)
    u, tails = _tails(n)
    inside = tails > low
    least, most = inside.argmax(axis=1), n - inside[:, ::-1].argmax(axis=1)
    return u, least / n - u, most / n - u
