"""Element-wise roots of monotone functions within a range, and thresholds of conditions on whole numbers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]


def increasing_root(
    function: Callable[..., Array], low: ArrayLike, high: ArrayLike, args: tuple[ArrayLike, ...] = ()
) -> Array:
    """Find the root of an increasing function in a range, or the end of the range that is nearest to it.

    Parameters
    ----------
    function : callable
        Element-wise function of x and of `args`.
    low, high : array_like
        Ends of the range.
    args : tuple of array_like, default ()
        More arguments of the function; they broadcast with the range.

    Returns
    -------
    ndarray
        The roots.
    """
    from scipy.optimize import elementwise

    arrays = np.broadcast_arrays(low, high, *args)
    low, high = (np.asarray(end, dtype=float) for end in arrays[:2])
    result = elementwise.find_root(function, (low, high), args=tuple(arrays[2:]))
    outside = np.where(function(low, *arrays[2:]) >= 0, low, high)
    return np.asarray(np.where(result.success, result.x, outside))


def largest_integer(
    condition: Callable[[Array], NDArray[np.bool_]], shape: tuple[int, ...], least: float, most: float
) -> Array:
    """Find the largest whole number below a limit at which a condition holds, by bisection.

    SciPy's element-wise solvers need a continuous function; this condition is a function of whole numbers.

    Parameters
    ----------
    condition : callable
        From an array of whole numbers to truth values; true up to some number and false from there on.
    shape : tuple of int
        Shape of the array.
    least, most : float
        Range, least ≤ number < most; `least` is not tested.

    Returns
    -------
    ndarray
        The numbers; `least` where the condition holds nowhere above it.
    """
    low, high = np.full(shape, float(least)), np.full(shape, float(most))
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        holds, wide = condition(middle), high - low > 1
        low, high = np.where(wide & holds, middle, low), np.where(wide & ~holds, middle, high)
    return low
