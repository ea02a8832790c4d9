"""Do a law's intervals hold, by what a backtest found, and if not, how much wider would they have to be?"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from bayescale.scaling.evaluation.interval_inflation import Widening
from bayescale.scaling_laws.link import Scale

type Array = NDArray[np.float64]

ENOUGH = 8  # runs, of which five or fewer inside 90 % intervals are evidence against these
CHANCE = 0.05  # a law whose intervals are right as often as they say fails the test no more often than this


def widening(points: pd.DataFrame, prob: float) -> Widening | None:
    """The widening that one law's points of a backtest call for; None where its `prob` intervals held.

    They did not hold where so few runs lie inside that this had a chance of `CHANCE` or less were the intervals right;
    a run with several rows, over all cuts, counts by the share of them inside. The factor is the least with which as
    large a share of the runs as `prob` would have been held. Runs of one table are not independent: a failure may be
    one mistake seen many times, but it is one all the same. Stretches are measured on the scale of the law.

    The highest cuts count alone, as many as it takes for `ENOUGH` runs above them: fits up to these knew nearly what
    one of all rows knows; earlier ones may have been surer than it is.
    """
    points = _nearest(points)
    run = points.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    share = 1.0 / np.bincount(run)[run]
    count = int(run.max()) + 1
    held = float(share @ points["inside"].to_numpy(dtype=float)) / count
    if held >= prob or binom.cdf(round(held * count), count, prob) > CHANCE:
        return None
    needed = _needed(points)
    order = np.argsort(needed)
    reached = np.cumsum(share[order]) >= prob * count - 1e-9
    return Widening(max(1.0, float(needed[order][reached.argmax()])), prob, held, count)


def _nearest(points: pd.DataFrame) -> pd.DataFrame:
    """The points above the highest cuts with enough runs between them, or all."""
    for cut in sorted(points["cut"].unique(), reverse=True):
        near: pd.DataFrame = points[points["cut"] >= cut]
        if len(near[["family", "run"]].drop_duplicates()) >= ENOUGH:
            return near
    return points


def _needed(points: pd.DataFrame) -> Array:
    """How far every measurement (point,) lies from the median, over the distance to the interval's bound there."""
    scale = Scale(points["scale"].iloc[0]) if "scale" in points else Scale()
    columns = ("observed", "median", "lower", "upper")
    observed, median, lower, upper = (scale.forward(points[name].to_numpy(dtype=float), np) for name in columns)
    reach = np.where(observed > median, upper - median, median - lower)
    return np.asarray(np.abs(observed - median) / reach)
