"""Scores of forecasts: error, coverage, width, interval score, CRPS and log score, on the scale of the law.

That scale is log response for laws of loss. Widths, interval scores and CRPS of laws on different scales are not
comparable; coverage and log scores are.

The scores are those of Gneiting and Raftery (2007). A mean over runs of one table rests on few independent runs:
`Backtest` reports it by fold and family, and its standard error has runs as the unit.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.scaling_laws.link import Scale

type Array = NDArray[np.float64]

LOG_SCALE = Scale("log")
LARGEST_LOGIT = 37.0  # of a share that is not rounded to 1

LEVELS = (0.5, 0.8, 0.9, 0.95)


def score_points(
    draws: Array, observed: Array, log_density: Array, prob: float, scale: Scale = LOG_SCALE
) -> pd.DataFrame:
    """Score a forecast at each measurement.

    Parameters
    ----------
    draws : ndarray
        Draws of the forecast (draw, point), in natural units.
    observed : ndarray
        Measurements (point,), in natural units.
    log_density : ndarray
        Log density of the forecast at the measurement (point,).
    prob : float
        Probability of the intervals.
    scale : Scale, optional
        Scale of the law, on which draws and measurements are finite; by default the logarithm.

    Returns
    -------
    pandas.DataFrame
        One row per measurement: `observed`, `median`, `lower` and `upper`; `error` (median over measurement, less 1, on
        the log scale; median less measurement on others); `inside`, whether the interval holds the measurement; `pit`,
        probability of a smaller measurement, uniform over points if the forecast is calibrated; `width`,
        `interval_score` and `crps` on the scale (the last two are better when small); `log_score` (better when large);
        and the name of the `scale`.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
    """
    low, middle, high = np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
    with np.errstate(divide="ignore"):  # a draw that rounds to the edge of what is possible
        scaled, scaled_observed, lower, upper = (_scaled(scale, values) for values in (draws, observed, low, high))
    miss = np.maximum(lower - scaled_observed, 0) + np.maximum(scaled_observed - upper, 0)
    width = upper - lower
    return pd.DataFrame(
        {
            "observed": observed,
            "median": middle,
            "lower": low,
            "upper": high,
            "error": middle / observed - 1 if scale.name == "log" else middle - observed,
            "inside": (low <= observed) & (observed <= high),
            "width": width,
            "pit": (draws < observed).mean(axis=0),
            "interval_score": width + 2 / (1 - prob) * miss,
            "crps": crps(scaled, scaled_observed),
            "log_score": log_density,
            "scale": scale.name,
        }
    )


def _scaled(scale: Scale, values: Array) -> Array:
    value = np.asarray(scale.forward(values, np))
    return np.clip(value, -LARGEST_LOGIT, LARGEST_LOGIT) if scale.name == "logit" else value


def crps(draws: Array, observed: Array) -> Array:
    """Compute the continuous ranked probability score, E|X - y| - E|X - X'| / 2, from sorted draws.

    Parameters
    ----------
    draws : ndarray
        Draws of the forecast (draw, point).
    observed : ndarray
        Measurements (point,).

    Returns
    -------
    ndarray
        Score of each point (point,); better when small.

    References
    ----------
    Gneiting and Raftery (2007), section 4.2.
    """
    ordered = np.sort(draws, axis=0)
    n = len(draws)
    rank = np.arange(1, n + 1)[:, None]
    spread = (2 * rank - n - 1) * ordered
    return np.asarray(np.abs(draws - observed).mean(axis=0) - spread.sum(axis=0) / n**2)


def mean_scores(points: pd.DataFrame) -> dict[str, float]:
    """Average scores over points.

    Parameters
    ----------
    points : pandas.DataFrame
        Rows of `score_points`.

    Returns
    -------
    dict of str to float
        Mean absolute error, coverage of the intervals and of central intervals of 50, 80, 90 and 95 %, width, interval
        score, CRPS and log score.
    """
    centre = np.abs(points["pit"].to_numpy() - 0.5)
    return {
        "error": float(points["error"].abs().mean()),
        "coverage": float(points["inside"].mean()),
        "width": float(points["width"].mean()),
        "interval_score": float(points["interval_score"].mean()),
        "crps": float(points["crps"].mean()),
        "log_score": float(points["log_score"].mean()),
        **{f"coverage_{100 * level:.0f}": float((centre <= level / 2).mean()) for level in LEVELS},
    }
