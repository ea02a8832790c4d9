"""The usual fit of the Chinchilla law, with bootstrap forecasts.

L = E + A/N^a + B/D^b is fitted as log L = logsumexp(log A - a log N, log B - b log D, log E) by the Huber loss with
delta 1e-3 on log loss. L-BFGS starts from a grid and the best optimum is used. Refits to rows drawn with replacement
start from that optimum. Inputs are centred and the objective is divided by delta^2: this does not change the optimum,
and L-BFGS converges. Exponents are at least zero. Without this bound, the loss at the best optimum increases with size
on some data.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

Array = NDArray[np.float64]

DELTA = 1e-3
BOOTSTRAPS = 100
RESIDUALS_PER_REFIT = 20
EXPONENTS = (0.0, 0.5, 1.0)  # 162 starts, spanning the middle of the 4,500 that are usual
AMPLITUDES = (0.0, 10.0, 20.0)
FLOORS = (-0.5, 0.5)
BOUNDS = Bounds([-np.inf, 0, -np.inf, 0, -np.inf], np.inf)


@dataclass(frozen=True)
class Rows:
    """Training rows in the coordinates of the fit."""

    log_params: Array
    log_tokens: Array
    log_loss: Array


def predict(theta: Array, log_params: Array, log_tokens: Array) -> Array:
    """Log loss under theta = (log A, a, log B, b, log E), on whatever centring theta was fitted with."""
    powers = np.logaddexp(theta[0] - theta[1] * log_params, theta[2] - theta[3] * log_tokens)
    return np.asarray(np.logaddexp(powers, theta[4]))


def objective(theta: Array, rows: Rows, weights: Array) -> tuple[float, Array]:
    """Weighted Huber loss over delta^2, and its gradient."""
    first, second = theta[0] - theta[1] * rows.log_params, theta[2] - theta[3] * rows.log_tokens
    mean = np.logaddexp(np.logaddexp(first, second), theta[4])
    scaled = (rows.log_loss - mean) / DELTA
    size = np.abs(scaled)
    value = float(weights @ np.where(size <= 1, 0.5 * scaled**2, size - 0.5))
    pull = -weights * np.clip(scaled, -1, 1) / DELTA
    by_params, by_tokens = pull * np.exp(first - mean), pull * np.exp(second - mean)
    slopes = -(by_params @ rows.log_params), -(by_tokens @ rows.log_tokens)
    floor = pull @ np.exp(theta[4] - mean)
    return value, np.array([by_params.sum(), slopes[0], by_tokens.sum(), slopes[1], floor])


def fit(rows: Rows, weights: Array, starts: Array) -> Array:
    """The best optimum of L-BFGS over the starts, exponents not negative."""
    found = []
    for start in starts:
        one = minimize(
            objective,
            start,
            (rows, weights),
            "L-BFGS-B",
            True,
            bounds=BOUNDS,
            options={"maxiter": 2000, "maxfun": 4000},
        )
        found.append(one)
    return np.asarray(min(found, key=lambda one: float(one.fun)).x)


def grid(centre: tuple[float, float]) -> Array:
    """The usual grid of starts, thinned, in the centred coordinates."""
    starts = np.array(list(product(AMPLITUDES, EXPONENTS, AMPLITUDES, EXPONENTS, FLOORS)))
    starts[:, 0] -= starts[:, 1] * centre[0]
    starts[:, 2] -= starts[:, 3] * centre[1]
    return starts


def huber_quantiles(train: pd.DataFrame, test: pd.DataFrame, seed: int) -> Array:
    """5, 50 and 95 % quantiles of a new run's log loss, shape (3, rows of test)."""
    rng = np.random.default_rng(seed)
    inputs = {name: np.log(np.asarray(train[name], dtype=float)) for name in ("n_params", "n_tokens", "loss")}
    centre = float(inputs["n_params"].mean()), float(inputs["n_tokens"].mean())
    rows = Rows(inputs["n_params"] - centre[0], inputs["n_tokens"] - centre[1], inputs["loss"])
    count = len(train)
    best = fit(rows, np.ones(count), grid(centre))
    residuals = rows.log_loss - predict(best, rows.log_params, rows.log_tokens)
    new_params = np.log(np.asarray(test["n_params"], dtype=float)) - centre[0]
    new_tokens = np.log(np.asarray(test["n_tokens"], dtype=float)) - centre[1]
    means = []
    for _ in range(BOOTSTRAPS):
        drawn = np.bincount(rng.integers(0, count, count), minlength=count).astype(float)
        means.append(predict(fit(rows, drawn, best[None]), new_params, new_tokens))
    noise = rng.choice(residuals, (RESIDUALS_PER_REFIT, BOOTSTRAPS, len(test)))
    draws = (np.stack(means) + noise).reshape(-1, len(test))
    return np.asarray(np.quantile(draws, (0.05, 0.5, 0.95), axis=0))
