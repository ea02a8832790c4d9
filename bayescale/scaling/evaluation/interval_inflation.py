"""Forecasts whose intervals did not hold when tested are widened by what would have held, and say so.

A factor stretches the predictive distribution about its median, on the scale that the law is fitted on. It grows from
one at the edge of the data to its full size at `FULL` times beyond: inside the data nothing was found wrong.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.serialization import frozen
from bayescale.scaling.stack import is_stack, member_trees

type Array = NDArray[np.float64]

FULL = 3.0  # times beyond the data: the shortest distance of the cuts that a backtest makes by itself
ATTRIBUTE = "widening"


@dataclass(frozen=True)
class Widening:
    """By how much one law's predictive intervals are stretched beyond the data, and on what grounds.

    factor  at least 1; all intervals, of any level, become this many times as wide.
    prob    level of the intervals that were tested.
    held    share of held-back runs that they held.
    runs    how many runs that was found on.
    """

    factor: float
    prob: float
    held: float
    runs: int

    @property
    def grounds(self) -> str:
        return (
            f"intervals beyond the data are widened {self.factor:.3g}x: in a backtest of these runs "
            f"{100 * self.prob:.4g} % intervals held {100 * self.held:.0f} % of {self.runs} larger runs"
        )


def full_share(extrapolation: ArrayLike) -> Array:
    """Share of a widening (target,) that applies so many times beyond the data: 0 inside, 1 from `FULL` on."""
    times = np.maximum(np.asarray(extrapolation, dtype=float), 1.0)
    return np.asarray(np.clip(np.log(times) / np.log(FULL), 0.0, 1.0))


def stretch(widening: Widening | None, extrapolation: ArrayLike) -> Array:
    """Compute how many times as wide as sampled the forecasts of a law are.

    Parameters
    ----------
    widening : Widening or None
        The widening of the law's posterior; None for none.
    extrapolation : array_like
        How many times beyond the data each target lies (target,).

    Returns
    -------
    ndarray
        Factor of each target (target,), at least 1.
    """
    share = full_share(extrapolation)
    return np.ones_like(share) if widening is None else 1.0 + (widening.factor - 1.0) * share


def with_widenings(tree: xr.DataTree, law: str, widenings: Mapping[str, Widening]) -> xr.DataTree:
    """Replace the widenings of a posterior. Its draws stay as sampled.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law, or of a stack.
    law : str
        Name of the law where there is one.
    widenings : mapping of str to Widening
        The widening of each law; a law that is left out gets none.

    Returns
    -------
    DataTree
        A copy with these widenings.
    """
    out = tree.copy()
    for name, member in (member_trees(out) if is_stack(out) else {law: out}).items():
        others = {key: value for key, value in member.attrs.items() if key not in frozen({ATTRIBUTE: None})}
        member.attrs = others | (frozen({ATTRIBUTE: asdict(widenings[name])}) if name in widenings else {})
    return out
