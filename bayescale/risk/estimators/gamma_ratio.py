"""Differences of log-gamma and digamma functions without loss of digits at large arguments.

`gammaln(x + a) - gammaln(x)` loses ten digits at x = 1e9. Stirling's series of the difference loses none; arguments
below 16 are first increased by the recurrence Γ(x + 1) = x Γ(x).
"""

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]

SHIFT = 16  # from here on five terms of both series are exact to rounding
_LOG_GAMMA = 1 / np.array([12.0, -360.0, 1260.0, -1680.0, 1188.0])  # of odd powers of 1 / x
_DIGAMMA = -1 / np.array([12.0, -120.0, 252.0, -240.0, 132.0])  # of even powers of 1 / x, from the second


def log_gamma_ratio(x: ArrayLike, a: ArrayLike) -> Array:
    """Compute log Γ(x + a) − log Γ(x).

    Parameters
    ----------
    x : array_like
        Above 0.
    a : array_like
        0 or more. The arguments broadcast.

    Returns
    -------
    ndarray
        The difference.
    """
    x, a = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(a, dtype=float))
    shifts = np.arange(SHIFT).reshape(-1, *(1,) * x.ndim)
    small = x < SHIFT
    raised = np.where(small, x + SHIFT, x)
    steps = np.where(small, np.log1p(a / (np.where(small, x, 1.0) + shifts)).sum(axis=0), 0.0)
    top = raised + a
    series = stirling_series(top) - stirling_series(raised)
    return np.asarray((raised - 0.5) * np.log1p(a / raised) + a * (np.log(top) - 1) + series - steps)


def digamma_difference(x: ArrayLike, a: ArrayLike) -> Array:
    """Compute ψ(x + a) − ψ(x), with the digamma function ψ.

    Parameters
    ----------
    x : array_like
        Above 0.
    a : array_like
        0 or more. The arguments broadcast.

    Returns
    -------
    ndarray
        The difference.
    """
    x, a = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(a, dtype=float))
    shifts = np.arange(SHIFT).reshape(-1, *(1,) * x.ndim)
    small = x < SHIFT
    raised = np.where(small, x + SHIFT, x)
    low = np.where(small, x, 1.0) + shifts
    steps = np.where(small, (a / low / (low + a)).sum(axis=0), 0.0)
    top = raised + a
    tail = _digamma_series(top) - _digamma_series(raised)
    return np.asarray(np.log1p(a / raised) + a / (2 * raised * top) + tail + steps)


def stirling_series(x: ArrayLike) -> Array:
    """Compute log Γ(x) − ((x − ½) log x − x + ½ log 2π) by Stirling's series.

    Parameters
    ----------
    x : array_like
        16 or more.

    Returns
    -------
    ndarray
        The difference.
    """
    inverse = 1 / np.asarray(x, dtype=float)
    return np.asarray(inverse * polyval(inverse**2, _LOG_GAMMA))


def _digamma_series(x: Array) -> Array:
    inverse = x**-2
    return np.asarray(inverse * polyval(inverse, _DIGAMMA))
