"""Forecasts by least squares: the method to compare with for laws that the other methods do not cover.

The law of a set is fitted to log loss by bounded least squares from starts drawn around its priors, family by family
(all together where a family has too few rows). Refits to the fitted curve plus residuals drawn with replacement give
the uncertainty. The forecast of a new run is the forecast of a refit plus a residual. Residuals are scaled up to
correct for the number of fitted parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, least_squares
from scipy.special import expit

from bayescale.scaling_laws.law import Law
from benchmarks.huber import BOOTSTRAPS, RESIDUALS_PER_REFIT

type Array = NDArray[np.float64]

STARTS = 20
FAR = 6.0  # prior spreads within which a parameter is sought
LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Problem:
    """A law in unbounded coordinates: the floor as a share of the least loss, sizes and exponents in logarithms."""

    law: Law
    least: float

    def natural(self, theta: Array) -> dict[str, float]:
        """Natural parameters by name."""
        out = {}
        for name, value in zip(self.law.parameter_names, theta, strict=True):
            role = self.law.role(name)
            if role == "floor" and self.law.prior(name).scale == "logit":  # a share, not a prior of its own
                out[name] = float(expit(value)) * self.least
            else:
                out[name] = float(np.exp(value) if role == "amplitude" else self.law.prior(name).natural(value))
        return out

    def log_loss(self, theta: Array, inputs: Mapping[str, Array]) -> Array:
        """Log loss that the law gives."""
        value = self.law.evaluate(inputs, self.natural(theta))
        return np.asarray(np.log(np.maximum(value, 1e-9 * self.least)))

    def centre(self) -> tuple[Array, Array]:
        """Middle and spread of every coordinate; a size has no prior of its own and any value."""
        priors = [self.law.prior(name) for name in self.law.parameter_names]
        size = np.array([self.law.role(name) == "amplitude" for name in self.law.parameter_names])
        middle = np.where(size, 0.0, [one.location for one in priors])
        return middle, np.where(size, 20.0, [one.spread for one in priors])

    def starts(self, inputs: Mapping[str, Array], log_loss: Array) -> Array:
        """Draws around the priors, the size such that the law is right on average."""
        rng = np.random.default_rng(0)
        middle, spread = self.centre()
        size = [i for i, name in enumerate(self.law.parameter_names) if self.law.role(name) == "amplitude"]
        drawn = middle + np.where(np.isin(np.arange(len(middle)), size), 0.0, spread) * rng.standard_normal(
            (STARTS, len(middle))
        )
        for theta in drawn if len(size) == 1 else ():
            values = self.natural(theta)
            floor = values.get(self.law.expression.floor or "", 0.0)
            above = np.median(np.exp(log_loss)) - floor
            theta[size[0]] = np.log(max(above, 1e-6) / max(np.median(self.law.evaluate(inputs, values)) - floor, 1e-30))
        return np.asarray(drawn)


def fit(problem: Problem, inputs: Mapping[str, Array], log_loss: Array, starts: Array) -> Array:
    """The best of the bounded least-squares fits from every start."""
    middle, spread = problem.centre()
    bounds = Bounds(middle - FAR * spread, middle + FAR * spread)

    def residuals(theta: Array) -> Array:
        return np.nan_to_num(problem.log_loss(theta, inputs) - log_loss, nan=1e3, posinf=1e3, neginf=-1e3)

    found = []
    for start in np.clip(starts, bounds.lb + 1e-6 * spread, bounds.ub - 1e-6 * spread):
        try:
            found.append(least_squares(residuals, start, bounds=bounds, x_scale="jac", max_nfev=200))
        except (ValueError, np.linalg.LinAlgError):
            continue
    return np.asarray(min(found, key=lambda one: float(one.cost)).x)


def least_squares_quantiles(law: Law, train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> Array:
    """5, 50 and 95 % quantiles of a new run's log loss, shape (3, rows of test), family by family."""
    out = np.full((len(LEVELS), len(test)), np.nan)
    for family in test["family"].unique():
        own = train[train["family"] == family]
        enough = own if len(own) > len(law.parameter_names) else train
        here = (test["family"] == family).to_numpy()
        with np.errstate(all="ignore"):
            out[:, here] = _quantiles(law, enough, test[here], seed)
    return out


def _quantiles(law: Law, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    log_loss = np.log(train["loss"].to_numpy(dtype=float))
    known, asked = ({name: one[name].to_numpy(dtype=float) for name in law.inputs} for one in (train, test))
    problem = Problem(law, float(train["loss"].min()))
    best = fit(problem, known, log_loss, problem.starts(known, log_loss))
    mean = problem.log_loss(best, known)
    spare = max(len(train) - len(best), 1)
    residual = (log_loss - mean) * np.sqrt(len(train) / spare)
    again = [
        problem.log_loss(fit(problem, known, mean + rng.choice(residual, len(train)), best[None]), asked)
        for _ in range(BOOTSTRAPS)
    ]
    noise = rng.choice(residual, (RESIDUALS_PER_REFIT, BOOTSTRAPS, len(test)))
    return np.asarray(np.quantile((np.stack(again) + noise).reshape(-1, len(test)), LEVELS, axis=0))
