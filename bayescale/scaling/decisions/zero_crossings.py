"""Where curves given at even steps cross zero: between the steps by cubic interpolation, for all draws at once."""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

HALVINGS = 40  # of the step that brackets a crossing


def crossings(grid: Array, values: Array) -> tuple[Array, NDArray[np.int64]]:
    """The first zero of curves (…, point) over an evenly spaced grid (point,), NaN where there is none, and how often
    their sign changes: each (…,).

    Between two points a curve is the cubic with the slopes of its central differences (Catmull and Rom 1974). A curve
    that only touches zero does not cross; one that starts at zero does not cross there.
    """
    positive = values > 0
    changes = positive[..., 1:] != positive[..., :-1]
    count = changes.sum(axis=-1)
    left = changes.argmax(axis=-1)
    step = grid[1] - grid[0]
    with np.errstate(invalid="ignore", over="ignore"):  # a curve may come down from infinity
        found = grid[0] + step * (left + _root(*_around(values, left)))
    return np.where(count > 0, found, np.nan), count


def _around(values: Array, left: NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
    """Values at both ends of the step that starts at `left`, and the slopes there per step; one-sided at the edges."""
    last = values.shape[-1] - 1

    def at(offset: int) -> Array:
        index = np.clip(left + offset, 0, last)
        return np.asarray(np.take_along_axis(values, index[..., None], axis=-1)[..., 0])

    start, end = at(0), at(1)
    before = np.where(left > 0, at(-1), 2 * start - end)
    after = np.where(left < last - 1, at(2), 2 * end - start)
    return start, end, (end - before) / 2, (after - start) / 2


def _root(start: Array, end: Array, slope_start: Array, slope_end: Array) -> Array:
    """Where the cubic through both ends changes sign, as a share of the step, by halving."""
    low, high = np.zeros_like(start), np.ones_like(start)
    for _ in range(HALVINGS):
        t = (low + high) / 2
        value = (
            start * (1 + 2 * t) * (1 - t) ** 2
            + end * t**2 * (3 - 2 * t)
            + slope_start * t * (1 - t) ** 2
            + slope_end * t**2 * (t - 1)
        )
        same = (value > 0) == (start > 0)
        low, high = np.where(same, t, low), np.where(same, high, t)
    return (low + high) / 2
