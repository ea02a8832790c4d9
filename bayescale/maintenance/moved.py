"""How far a quantity moved between two posteriors."""

import numpy as np
from numpy.typing import NDArray

from bayescale.core.draws.chain_statistics import mcse_median

type Array = NDArray[np.float64]

ONE_SD = (0.15865525393145707, 0.5, 0.8413447460685429)  # a normal's median and one standard deviation about it


def moved_by(before: Array, after: Array) -> dict[str, float]:
    """Compare the medians of two sets of draws.

    Parameters
    ----------
    before : ndarray
        Draws (chain, draw).
    after : ndarray
        Draws (chain, draw).

    Returns
    -------
    dict of str to float
        Medians `before` and `after`, `moved` in standard deviations of the first, and its Monte Carlo `error`.
    """
    low, middle, high = np.quantile(before, ONE_SD)
    unit, now = (high - low) / 2, np.median(after)
    with np.errstate(all="ignore"):  # draws may be missing, or all equal
        errors = [mcse_median(draws[..., None])[0] for draws in (before, after)]
        moved, error = (now - middle) / unit, np.hypot(*errors) / unit
    return {"before": float(middle), "after": float(now), "moved": float(moved), "error": float(error)}
