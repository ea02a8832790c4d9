"""Differences of log-gamma and digamma functions that keep their digits at large arguments.

`gammaln(x + a) - gammaln(x)` loses ten digits at x = 1e9. Stirling's series of the difference loses none: arguments
below 16 are raised by the recurrence Γ(x + 1) = x Γ(x) first.
"""

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]

_SHIFT = 16  # from here on five terms of both series are exact to rounding
_LOG_GAMMA = 1 / np.array([12.0, -360.0, 1260.0, -1680.0, 1188.0])  # of odd powers of 1 / x
_DIGAMMA = -1 / np.array([12.0, -120.0, 252.0, -240.0, 132.0])  # of even powers of 1 / x, from the second


def log_gamma_ratio(x: ArrayLike, a: ArrayLike) -> Array:
    """log Γ(x + a) − log Γ(x) for x > 0 and a ≥ 0; broadcasts."""
    x, a = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(a, dtype=float))
    shifts = np.arange(_SHIFT).reshape(-1, *(1,) * x.ndim)
    small = x < _SHIFT
    raised = np.where(small, x + _SHIFT, x)
    steps = np.where(small, np.log1p(a / (np.where(small, x, 1.0) + shifts)).sum(axis=0), 0.0)
    top = raised + a
    series = _series(top) - _series(raised)
    return np.asarray((raised - 0.5) * np.log1p(a / raised) + a * (np.log(top) - 1) + series - steps)


def digamma_difference(x: ArrayLike, a: ArrayLike) -> Array:
    """ψ(x + a) − ψ(x) for x > 0 and a ≥ 0; broadcasts."""
    x, a = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(a, dtype=float))
    shifts = np.arange(_SHIFT).reshape(-1, *(1,) * x.ndim)
    small = x < _SHIFT
    raised = np.where(small, x + _SHIFT, x)
    low = np.where(small, x, 1.0) + shifts
    steps = np.where(small, (a / low / (low + a)).sum(axis=0), 0.0)
    top = raised + a
    tail = _even(top) - _even(raised)
    return np.asarray(np.log1p(a / raised) + a / (2 * raised * top) + tail + steps)


def _series(x: Array) -> Array:
    return np.asarray(polyval(x**-2, _LOG_GAMMA) / x)


def _even(x: Array) -> Array:
    inverse = x**-2
    return np.asarray(inverse * polyval(inverse, _DIGAMMA))
