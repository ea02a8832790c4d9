"""How good was a forecast: error, coverage, width, interval score, CRPS and log score, on the scale of its law.

That scale is log response for laws of loss. Widths, interval scores and CRPS of laws on different scales are not
comparable; coverage and log scores are.

Gneiting and Raftery 2007 for the scores. The mean of any of them over runs of one table rests on few independent runs:
`Backtest` gives them by fold and family, and clusters by run where it gives a standard error.
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
    """One row per measurement. `draws` (draw, point) and `observed` (point,) are in natural units, on which `scale` has
    finite values.

    error          median over measurement, less 1, on the log scale; median less measurement on others.
    lower, upper   the `prob` interval; `inside` whether it holds the measurement.
    pit            probability of a smaller measurement: uniform over points if the forecast is calibrated.
    width, interval_score, crps   on `scale`; the last two are better when small.
    log_score      `log_density`; better when large.
    scale          name of the scale.
    """
    low, middle, high = np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
    with np.errstate(divide="ignore"):  # a draw that rounds to the edge of what is possible
        scaled, truth, least, most = (_scaled(scale, values) for values in (draws, observed, low, high))
    miss = np.maximum(least - truth, 0) + np.maximum(truth - most, 0)
    width = most - least
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
            "crps": crps(scaled, truth),
            "log_score": log_density,
            "scale": scale.name,
        }
    )


def _scaled(scale: Scale, values: Array) -> Array:
    value = np.asarray(scale.forward(values, np))
    return np.clip(value, -LARGEST_LOGIT, LARGEST_LOGIT) if scale.name == "logit" else value


def crps(draws: Array, observed: Array) -> Array:
    """Continuous ranked probability score of draws (draw, point): E|X - y| - E|X - X'|/2, from sorted draws."""
    ordered = np.sort(draws, axis=0)
    n = len(draws)
    rank = np.arange(1, n + 1)[:, None]
    spread = (2 * rank - n - 1) * ordered
    return np.asarray(np.abs(draws - observed).mean(axis=0) - spread.sum(axis=0) / n**2)


def summarise(points: pd.DataFrame) -> dict[str, float]:
    """Means over points: error (of its size), coverage at the interval's level and at `LEVELS`, width, scores."""
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
