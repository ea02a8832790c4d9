"""Probabilities of draws without replacement, without loss of digits at large counts."""

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from bayescale.risk.estimators.gamma_ratio import SHIFT, stirling_series

type Array = NDArray[np.float64]

_ODD = 1 / np.arange(3.0, 19.0, 2.0)  # of log((1 + v) / (1 − v)), beyond its first term


def log_avoidance(attempts: Array | float, avoided: Array | float, k: Array | float) -> Array:
    """Compute log C(n − c, k) / C(n, k), the log probability that k of n avoid c marked ones.

    Differences of log-gammas lose eight digits at n = 1e7. This is Loader's saddle-point form of the hypergeometric
    probability, whose terms do not cancel: with p = k/n it is Bin(0; c, p) · Bin(k; n − c, p) / Bin(k; n, p).

    Parameters
    ----------
    attempts : array_like
        n.
    avoided : array_like
        c, how many of n are marked.
    k : array_like
        How many are drawn without replacement. The arguments broadcast.

    Returns
    -------
    ndarray
        The log probability; −inf where it is impossible.

    References
    ----------
    Loader (2000), Fast and Accurate Computation of Binomial Probabilities.
    """
    total, marked, drawn = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (attempts, avoided, k)))
    never = total - marked < drawn
    inner = (marked > 0) & (drawn > 0) & ~never
    n, c, each = total[inner], marked[inner], drawn[inner]
    f, p, d = n - c, each / n, each * c / n
    few = p < 0.5  # near 1, log1p of the distance to 1 keeps all digits
    log_p = np.where(few, np.log(p), np.log1p(-np.where(few, 0.0, (n - each) / n)))
    log_q = np.where(few, np.log1p(-np.where(few, p, 0.0)), np.log((n - each) / n))
    left = np.maximum(f - each, 1.0)
    rest = _stirling(f) - _stirling(left) + 0.5 * np.log1p(d / left) - _deviance(left, f * (n - each) / n, -d)
    # f = k leaves no other choice: Bin(k; k, p) = p^k
    rest = np.where(f == each, _stirling(each) + 0.5 * np.log(2 * np.pi * each * (n - each) / n) + f * log_p, rest)
    shared = np.where(f == each, 0.0, _deviance(each, each * f / n, d))
    logs = c * log_q + rest - shared - _stirling(n) + _stirling(n - each)
    result = np.where(never, -np.inf, 0.0)
    result[inner] = np.minimum(logs, 0.0)
    return result


def _deviance(x: Array, m: Array, d: Array) -> Array:
    """x log(x / m) + m − x where d = x − m is known without rounding: about d² / 2m, with all its digits."""
    v = d / (x + m)
    small = np.abs(v) < 0.1
    near = np.where(small, v, 0.0)
    series = 2 * x * near**3 * polyval(near**2, _ODD)
    return np.asarray(np.where(small, d * v + series, x * np.log(x / m) - d))


def _stirling(x: Array) -> Array:
    """log x! − ((x + ½) log x − x + ½ log 2π) of whole x ≥ 1."""
    return np.where(x < SHIFT, _TABLE[np.minimum(x, SHIFT).astype(int)], stirling_series(np.maximum(x, SHIFT)))


def _stirling_table() -> Array:
    table = np.zeros(SHIFT + 1)
    table[SHIFT] = stirling_series(SHIFT)
    for x in range(SHIFT - 1, 0, -1):
        table[x] = table[x + 1] + (x + 0.5) * np.log1p(1 / x) - 1
    return table


_TABLE = _stirling_table()
