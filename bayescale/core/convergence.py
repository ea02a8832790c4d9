"""Convergence of draws of Markov chains: R-hat and effective sample sizes of every quantity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.core.chain_statistics import ess_bulk, ess_tail, rhat

type Array = NDArray[np.float64]

MOST_AT_ONCE = 64  # quantities, so that memory does not grow with their number


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
    blocks = [draws[..., i : i + MOST_AT_ONCE] for i in range(0, draws.shape[2], MOST_AT_ONCE)]
    each = [np.concatenate([statistic(block) for block in blocks]) for statistic in (rhat, ess_bulk, ess_tail)]
    return QuantityDiagnostics(*each)


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
