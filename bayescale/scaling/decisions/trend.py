"""The probability that a response reverses or levels off within a range of one input."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.data.quantities import from_axis, impossible, to_axis
from bayescale.errors import InputError, closest
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets

type Array = NDArray[np.float64]

POINTS = 48  # along the range
LEAST = 0.01  # a change smaller than this on the law's scale does not count
LEVEL = 0.1  # levelled off: the last third changes less than this share of the first


@dataclass(frozen=True, repr=False)
class Trend(Shown):
    """How a response changes along one input, the others held fixed.

    Attributes
    ----------
    table : DataFrame
        One row: the range, and the probabilities `falls` and `rises` (end against start), `reverses` (goes both ways by
        more than 1 % of the law's scale) and `levels_off` (the last third of the range changes less than a tenth of the
        first, and the trend does not reverse).
    draws : Dataset
        The response along the range (chain, draw, point).
    """

    table: pd.DataFrame
    draws: xr.Dataset

    @property
    def _page(self) -> Page:
        return Page("How the response goes along one input: probabilities", self.table)


def trend(self: FittedLaws, column: str, low: float, high: float, at: Mapping[str, object] | None = None) -> Trend:
    """Compute the probability that the response reverses or levels off while an input goes from `low` to `high`.

    The response is the family's average over runs, law and discrepancy. The probability is conditional on the form of
    the law: a power law never reverses.

    Parameters
    ----------
    column : str
        The input.
    low, high : float
        Ends of its range.
    at : mapping of str to object, optional
        Values of the law's other inputs and, where wanted, `family`.

    Returns
    -------
    Trend
        The probabilities, and the response along the range.

    Raises
    ------
    InputError
        If the column, the range or `at` cannot be used.
    """
    if column not in self.inputs:
        name = " + ".join(law.name for law in self.laws.values())
        raise InputError(f"law {name!r} has no input {column!r}.{closest(column, self.inputs)}")
    bad = impossible(column, [low, high])
    if bad or not low < high:
        allowed = bad[0][1] if bad else "two values, the smaller first"
        raise InputError(f"{column} from {low!r} to {high!r} is no range: it must be {allowed}")
    grid = from_axis(column, np.linspace(float(to_axis(column, low)), float(to_axis(column, high)), POINTS))
    targets = pd.DataFrame([{**(at or {}), column: value} for value in grid])
    require_target_units(self.designs, targets.iloc[[0]], "point")
    draws = self.mix(lambda posterior: _path(posterior, targets)).assign_coords({column: ("point", grid)})
    path = draws["scaled"].to_numpy()
    reverses = np.minimum(most_gained(path), most_gained(-path)) > LEAST
    third = POINTS // 3
    first, last = (np.abs(path[..., stop] - path[..., start]) for start, stop in ((0, third), (-third - 1, -1)))
    holds = {
        "falls": path[..., -1] < path[..., 0] - LEAST,
        "rises": path[..., -1] > path[..., 0] + LEAST,
        "reverses": reverses,
        "levels_off": ~reverses & (last < LEVEL * first),
    }
    probabilities = {name: float(values.mean()) for name, values in holds.items()}
    table = pd.DataFrame([{"input": column, "low": low, "high": high, **probabilities}])
    return Trend(table, draws.drop_vars("scaled"))


def _path(posterior: Posterior, targets: pd.DataFrame) -> xr.Dataset:
    """One law's mean response at the targets (chain, draw, point), and the same on the law's own scale, `scaled`."""
    design = posterior.design
    points = read_targets(design, targets)
    mean = mean_response(posterior.functions, points.log_inputs, points.family, posterior.predictive_seed)
    responses = {design.spec.law.response: design.natural(mean), "scaled": mean * design.unit}
    return xr.Dataset({name: (("chain", "draw", "point"), value) for name, value in responses.items()})


def most_gained(path: Array) -> Array:
    """Compute the largest rise from an earlier to a later point.

    Parameters
    ----------
    path : ndarray
        Paths (..., point).

    Returns
    -------
    ndarray
        The largest rise of each (...,).
    """
    return np.asarray((path - np.minimum.accumulate(path, axis=-1)).max(axis=-1))
