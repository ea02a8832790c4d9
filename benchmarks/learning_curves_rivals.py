"""Laws of learning curves fitted by bounded least squares on log loss from several starts, as their authors do."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, least_squares

from bayescale.scaling_laws.registry import law

Array = NDArray[np.float64]

STARTS = 10
M4 = law("m4")


@dataclass(frozen=True)
class Form:
    """A law for least squares: log response at (parameters, log examples), and bounds from the training points."""

    log_response: Callable[[Array, Array], Array]
    bounds: Callable[[Array, Array], tuple[list[float], list[float]]]


def _m1(theta: Array, x: Array) -> Array:
    return np.asarray(theta[0] - theta[1] * x)


def _m2(theta: Array, x: Array) -> Array:
    return np.asarray(np.logaddexp(theta[0] - theta[1] * x, np.log(theta[2])))


def _m3(theta: Array, x: Array) -> Array:
    return np.asarray(theta[0] + theta[1] * np.logaddexp(-x, theta[2]))


def _m4(theta: Array, x: Array) -> Array:
    """(y − e_inf)/(e_0 − y)^alpha = beta·x^−c by the catalogue's own evaluation; theta[3] is e_inf/e_0."""
    names = ("beta", "c", "e_0", "fraction", "alpha")
    values = dict(zip(names, theta, strict=True)) | {"beta": np.exp(theta[0])}
    return np.asarray(np.log(M4.evaluate({"examples": np.exp(x) * 1e8}, values)))


def _bnsl(theta: Array, x: Array) -> Array:
    log_b, c0, a, c1, log_d, f = theta
    broken = log_b - c0 * x - c1 * f * np.logaddexp(0.0, (x - log_d) / f)
    return np.asarray(np.logaddexp(broken, np.log(a)))


TINY = 1e-6
FORMS = {
    "ls_m1": Form(_m1, lambda x, y: ([-20, 0], [20, 5])),
    "ls_m2": Form(_m2, lambda x, y: ([-20, 0, TINY], [20, 5, np.exp(y.min())])),
    "ls_m3": Form(_m3, lambda x, y: ([-20, 0, x.min() - 40], [20, 5, 20 - x.min()])),
    "ls_m4": Form(_m4, lambda x, y: ([-20, 0, np.exp(y.max()), TINY, 0.05], [20, 5, 2, np.exp(y.min()), 10])),
    "ls_bnsl": Form(_bnsl, lambda x, y: ([-20, 0, TINY, -5, x.min(), 0.01], [20, 5, np.exp(y.min()), 5, x.max(), 10])),
}


def starts(form: str, x: Array, y: Array, bounds: tuple[Array, Array]) -> Array:
    """Starting points: exponents and floors spread at random, the size such that the law is right on average."""
    low, high = bounds
    rng = np.random.default_rng(0)
    drawn = rng.uniform(low, high, (STARTS, len(low)))
    drawn[:, 1] = rng.uniform(0.05, 1.5, STARTS)
    if form == "ls_m3":
        drawn[:, 2] = rng.uniform(-x.max() - 4, -x.min(), STARTS)
    if form == "ls_m4":
        drawn[:, 2] = low[2] + rng.uniform(0.005, 0.3, STARTS)
        drawn[:, 4] = np.exp(rng.uniform(-1.5, 1.5, STARTS))
    if form == "ls_bnsl":
        drawn[:, 3] = rng.uniform(-0.5, 1.0, STARTS)
        drawn[:, 5] = np.exp(rng.uniform(-3, 1, STARTS))
    for theta in drawn:
        theta[0] = 0.0
        theta[0] = float(np.median(y - FORMS[form].log_response(theta, x)))
    room = 1e-6 * (high - low)
    return np.clip(drawn, low + room, high - room)


def fitted(form: str, start: Array, x: Array, y: Array, bounds: tuple[Array, Array]) -> tuple[float, Array]:
    """Cost and parameters of one bounded least-squares fit; an infinite cost where it breaks down."""

    def residuals(theta: Array) -> Array:
        return np.nan_to_num(FORMS[form].log_response(theta, x) - y, nan=1e3, posinf=1e3, neginf=-1e3)

    try:
        found = least_squares(residuals, start, bounds=Bounds(*bounds), x_scale="jac", max_nfev=300)
    except (ValueError, np.linalg.LinAlgError):
        return np.inf, start
    return float(found.cost), np.asarray(found.x)


def least_squares_forecast(form: str, train: pd.DataFrame, later: Array) -> Array:
    """Log loss at later examples by the best of several least-squares fits."""
    x, y = np.log(train["examples"].to_numpy() / 1e8), np.log(train["loss"].to_numpy())
    low, high = FORMS[form].bounds(x, y)
    bounds = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    with np.errstate(all="ignore"):
        fits = [fitted(form, start, x, y, bounds) for start in starts(form, x, y, bounds)]
        best = min(fits, key=lambda one: one[0])[1]
        return FORMS[form].log_response(best, np.log(later / 1e8))
