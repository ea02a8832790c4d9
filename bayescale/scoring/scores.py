"""How good was a forecast: error, coverage, width, interval score, CRPS and log score, all on log response.

Gneiting and Raftery 2007 for the scores. The mean of any of them over runs of one table rests on few independent runs:
`Backtest` gives them by fold and family, and clusters by run where it gives a standard error.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)


def score_points(draws: Array, observed: Array, log_density: Array, prob: float) -> pd.DataFrame:
    """One row per measurement. `draws` (draw, point) and `observed` (point,) are positive, in natural units.

    error          median over measurement, less 1.
    lower, upper   the `prob` interval; `inside` whether it holds the measurement.
    pit            probability of a smaller measurement: uniform over points if the forecast is calibrated.
    interval_score, crps, log_score   on log response; the first two are better when small, the last when large.
    """
    low, middle, high = np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
    logs, truth = np.log(draws), np.log(observed)
    miss = np.maximum(np.log(low) - truth, 0) + np.maximum(truth - np.log(high), 0)
    width = np.log(high) - np.log(low)
    return pd.DataFrame(
        {
            "observed": observed,
            "median": middle,
            "lower": low,
            "upper": high,
            "error": middle / observed - 1,
            "inside": (low <= observed) & (observed <= high),
            "width": width,
            "pit": (draws < observed).mean(axis=0),
            "interval_score": width + 2 / (1 - prob) * miss,
            "crps": crps(logs, truth),
            "log_score": log_density,
        }
    )


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
