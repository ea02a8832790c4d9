"""Convergence of draws of Markov chains: R-hat and effective sample sizes of every quantity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class QuantityDiagnostics:
    """Convergence of every quantity.

    Parameters
    ----------
    rhat : ndarray
        Rank-normalised R-hat (quantity,).
    ess_bulk, ess_tail : ndarray
        Effective sample sizes of the bulk, and of the 5 % and 95 % quantiles, each (quantity,).
    """

    rhat: Array
    ess_bulk: Array
    ess_tail: Array


def quantity_diagnostics(draws: Array) -> QuantityDiagnostics:
    """Compute R-hat and effective sample sizes of every quantity.

    Parameters
    ----------
    draws : ndarray
        Draws (chain, draw, quantity).

    Returns
    -------
    QuantityDiagnostics
        One value per quantity.

    References
    ----------
    Vehtari et al. (2021), arXiv:1903.08008.
    """
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 0, "draw_axis": 1}
    return QuantityDiagnostics(
        np.asarray(array_stats.rhat(draws, **axes)),
        np.asarray(array_stats.ess(draws, method="bulk", **axes)),
        np.asarray(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)),
    )


def worst_place(values: Array) -> int:
    """Return the index of the smallest value, or of the first NaN where there is any.

    Parameters
    ----------
    values : ndarray, shape (quantity,)
        The values.

    Returns
    -------
    int
        The index.
    """
    unknown = np.isnan(values)
    return int(unknown.argmax() if unknown.any() else values.argmin())
