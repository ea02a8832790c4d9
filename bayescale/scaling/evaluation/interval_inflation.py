"""Forecasts whose intervals did not hold when tested are widened by what would have held, and say so.

A factor stretches the predictive distribution about its median, on the scale that the law is fitted on. It grows from
one at the edge of the data to its full size at `FULL` times beyond: inside the data nothing was found wrong.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.serialization import fact, frozen, has
from bayescale.scaling.stack import members_of

type Array = NDArray[np.float64]

FULL = 3.0  # times beyond the data: the shortest distance of the cuts that a backtest makes by itself
FACT = "widening"


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


def stretch_of(tree: xr.DataTree, extrapolation: ArrayLike) -> Array:
    """How many times as wide as sampled the forecasts of one law's posterior are at targets (target,)."""
    found = widening_of(tree)
    share = full_share(extrapolation)
    return np.ones_like(share) if found is None else 1.0 + (found.factor - 1.0) * share


def widening_of(tree: xr.DataTree) -> Widening | None:
    """The widening of one law's posterior; None where there is none."""
    return Widening(**fact(tree, FACT)) if has(tree, FACT) else None


def grounds_of(tree: xr.DataTree) -> tuple[str, ...]:
    """What is to be said of the widenings in a posterior, one line a law."""
    members = members_of(tree)
    found = {name: widening_of(member) for name, member in members.items()}
    before = "{}: " if len(members) > 1 else ""
    return tuple(before.format(name) + one.grounds for name, one in found.items() if one is not None)


def with_widenings(tree: xr.DataTree, widenings: Mapping[str, Widening]) -> xr.DataTree:
    """The posterior with these widenings, by law, in place of any that it had. Draws stay as they were sampled."""
    out = tree.copy()
    for name, member in members_of(out).items():
        kept = {key: value for key, value in member.attrs.items() if key not in frozen({FACT: None})}
        member.attrs = kept | (frozen({FACT: asdict(widenings[name])}) if name in widenings else {})
    return out
