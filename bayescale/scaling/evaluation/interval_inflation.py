"""Widening of forecasts whose intervals were too narrow in a backtest: its estimate, its size, and where it is stored.

A factor stretches the predictive distribution about its median, on the scale that the law is fitted on. It grows from
one at the edge of the data to its full size at `FULL` times beyond: inside the data no interval was tested.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from bayescale.core.serialization import frozen
from bayescale.scaling.stack import is_stack, member_trees
from bayescale.scaling_laws.link import Scale

type Array = NDArray[np.float64]

FULL = 3.0  # times beyond the data: the shortest distance of the default cuts of a backtest
ATTRIBUTE = "widening"
ENOUGH = 8  # runs: five or fewer of eight inside 90 % intervals are evidence against these intervals
CHANCE = 0.05  # a law with correct intervals fails the test no more often than this


@dataclass(frozen=True)
class Widening:
    """By how much the predictive intervals of one law are stretched beyond the data, and why.

    Parameters
    ----------
    factor : float
        At least 1; intervals of any level become this many times as wide.
    prob : float
        Level of the intervals that were tested.
    held : float
        Share of the held-back runs inside these intervals.
    runs : int
        Number of held-back runs.
    """

    factor: float
    prob: float
    held: float
    runs: int

    @property
    def grounds(self) -> str:
        """The factor and the coverage it rests on, in a sentence."""
        return (
            f"intervals beyond the data are widened {self.factor:.3g}x: in a backtest of these runs "
            f"{100 * self.prob:.4g} % intervals held {100 * self.held:.0f} % of {self.runs} larger runs"
        )


def estimate_widening(points: pd.DataFrame, prob: float) -> Widening | None:
    """Estimate the widening that one law needs from its points of a backtest.

    Intervals are taken for too narrow where the number of runs inside has probability 5 % or less under correct
    intervals. A run with several rows, over all cuts, counts by the share of them inside. The factor is the smallest
    with which a share `prob` of the runs would have been inside, on the scale of the law. The runs of one table are not
    independent, so that a failure may be one error observed many times.

    Only the highest cuts count, as many as it takes for 8 runs above them: fits up to these cuts had nearly the data of
    the final fit, and fits below lower cuts may have been more confident than it is.

    Parameters
    ----------
    points : pandas.DataFrame
        Points of one law, as in `Backtest.points`.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Widening or None
        The widening; None where the intervals were not too narrow.
    """
    points = _points_above_highest_cuts(points)
    run = points.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    weight = 1.0 / np.bincount(run)[run]
    count = int(run.max()) + 1
    held = float(weight @ points["inside"].to_numpy(dtype=float)) / count
    if held >= prob or bdtr(round(held * count), count, prob) > CHANCE:
        return None
    factors = _factor_to_hold(points)
    order = np.argsort(factors)
    reached = np.cumsum(weight[order]) >= prob * count - 1e-9
    return Widening(max(1.0, float(factors[order][reached.argmax()])), prob, held, count)


def _points_above_highest_cuts(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points above the highest cuts that have enough runs together; all points where none have."""
    for cut in sorted(points["cut"].unique(), reverse=True):
        above: pd.DataFrame = points[points["cut"] >= cut]
        if len(above[["family", "run"]].drop_duplicates()) >= ENOUGH:
            return above
    return points


def _factor_to_hold(points: pd.DataFrame) -> Array:
    """Divide the distance of every measurement (point,) from the median by that of the bound on its side."""
    scale = Scale(points["scale"].iloc[0]) if "scale" in points else Scale()
    columns = ("observed", "median", "lower", "upper")
    observed, median, lower, upper = (scale.forward(points[name].to_numpy(dtype=float), np) for name in columns)
    reach = np.where(observed > median, upper - median, median - lower)
    return np.asarray(np.abs(observed - median) / reach)


def full_share(extrapolation: ArrayLike) -> Array:
    """Compute the share of a widening that applies at a distance from the data.

    Parameters
    ----------
    extrapolation : array_like
        How many times beyond the data each target lies (target,).

    Returns
    -------
    ndarray
        Share of each target (target,): 0 inside the data, 1 from `FULL` times beyond.
    """
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
