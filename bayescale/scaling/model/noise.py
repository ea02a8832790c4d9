"""The noise of measurements: its variance, what neighbours along a run share, and the log density of runs.

The model (PyTensor) and everything computed over draws (NumPy) use the same functions; `xp` is the array module. Arrays
may have leading dimensions (none in the graph; chain and draw in NumPy); the dimension that is listed comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.run_rows import RunRows, sum_by_run

type Array = NDArray[np.float64]

LEAST_REDUCIBLE = 1e-3  # relative to the centre: keeps the scale of the noise above zero where a formula subtracts
LEAST_DF = 2.0  # with fewer, the variance of the noise is infinite and the likelihood peaks at single rows


@dataclass(frozen=True)
class Innovations:
    """Whitened residuals of rows, independent of each other given the effects of their runs. Arrays end in obs.

    Attributes
    ----------
    innovation : array
        What a residual adds to its prediction from the row before it, in units of its own scale.
    run_loading : array
        How an innovation responds to an effect of 1 that is shared by the run.
    log_variance : array
        Log of the squared scale of what the innovation measures.
    """

    innovation: Any
    run_loading: Any
    log_variance: Any


def noise_parameters(layout: Layout, log_noise: Sequence[Any], xp: Any) -> dict[str, Any]:
    """Convert sampled noise coordinates to natural units.

    Parameters
    ----------
    layout : Layout
        Which noise parameters the model has.
    log_noise : sequence of array
        Logs of the noise parameters, each (...); for the degrees of freedom, the log of their excess over two.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    dict of str to array
        Noise parameters by name, each (...).
    """
    parameters = {name: xp.exp(log_noise[i]) for i, name in enumerate(layout.noise_names)}
    return {**parameters, "noise_df": LEAST_DF + parameters["noise_df"]}


def noise_variance(layout: Layout, noise: Mapping[str, Any], relative_reducible: Any, xp: Any) -> Any:
    """Compute the squared scale of one measurement's Student-t noise, on the scale of the response.

    Parameters
    ----------
    layout : Layout
        Whether the noise is constant or grows with the reducible response.
    noise : mapping of str to array
        Noise parameters in natural units.
    relative_reducible : array
        Reducible response over its value at the centre of the data.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    array
        Variances, of the shape of `relative_reducible`.
    """
    variance = noise["noise_floor"] ** 2
    if layout.noise == "growing":
        relative = xp.maximum(relative_reducible, LEAST_REDUCIBLE)
        variance = variance + (noise["noise_slope"] * relative ** noise["noise_growth"]) ** 2
    return variance + 0 * relative_reducible


def step_correlation(step: Any, length: Any, xp: Any) -> Any:
    """Compute the correlation of noise at neighbouring rows of one run.

    Along a run noise is an Ornstein-Uhlenbeck process in units of its scale.

    Parameters
    ----------
    step : array
        Distance between the rows.
    length : array
        Distance at which the correlation has fallen to 1/e (`noise_length`).
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    array
        Correlations between 0 and 1.
    """
    return xp.exp(-step / length)


def innovations(
    residual: Any, variance: Any, noise: Mapping[str, Any], step: Any, xp: Any, loading: Any = 1.0
) -> Innovations:
    """Whiten residuals along their runs.

    Parameters
    ----------
    residual, variance : array, shape (..., obs)
        Residuals and squared scales of their noise. Rows of a run follow each other along its course.
    noise : mapping of str to array
        Noise parameters in natural units. Without `noise_length`, rows of a run do not resemble their neighbours.
    step : array, shape (obs,)
        Distance of each row from the row before it in its run, see `RunRows`.
    xp : module
        NumPy or PyTensor.
    loading : array, shape (..., obs), or 1
        Residual that an effect of 1 of the run makes: the scale of the noise of the row's family.

    Returns
    -------
    Innovations
        Independent given the effects of the runs.
    """
    scale = xp.sqrt(variance)
    innovation, run_loading, log_variance = residual / scale, loading / scale, xp.log(variance)
    if "noise_length" not in noise:
        return Innovations(innovation, run_loading, log_variance)
    correlation = step_correlation(step, noise["noise_length"], xp)
    remaining = -xp.expm1(-2 * step / noise["noise_length"])
    innovation, run_loading = (
        (value - correlation * _previous(value, xp)) / xp.sqrt(remaining) for value in (innovation, run_loading)
    )
    return Innovations(innovation, run_loading, log_variance + xp.log(remaining))


def _previous(value: Any, xp: Any) -> Any:
    """Value of the row before each row. The first row gets its own value, without effect: its correlation is zero."""
    if hasattr(xp, "previous"):
        return xp.previous(value)
    return xp.concatenate([value[..., :1], value[..., :-1]], axis=-1)


def log_density(
    residual: Any,
    variance: Any,
    noise: Mapping[str, Any],
    rows: RunRows | None,
    xp: Any,
    *,
    total: bool = False,
    loading: Any = 1.0,
) -> Any:
    """Compute the log density of runs: Student-t per row, multivariate t per run of several rows.

    Rows of a run share an effect of variance `noise_run`², integrated out by the Sherman-Morrison formula, and
    neighbours are correlated (`innovations`). The model needs no variable per run; a run has one heavy tail.

    Parameters
    ----------
    residual, variance : array, shape (..., obs)
        Residuals and squared scales of their noise.
    noise : mapping of str to array
        Noise parameters in natural units. They broadcast against the last dim of `residual`.
    rows : RunRows or None
        Runs of the rows; None where every row is a run of its own.
    xp : module
        NumPy or PyTensor.
    total : bool, default False
        Whether to return the sum over runs. Its terms are summed one by one, which keeps the graph of the gradient
        small.
    loading : array, shape (..., obs), or 1
        As in `innovations`.

    Returns
    -------
    array, shape (..., run), or (...) for a total
        Log densities.
    """
    df = noise["noise_df"]
    if rows is None:
        count: Any = 1.0
        quadratic, log_determinant = residual**2 / variance, xp.log(variance)
        n_runs = residual.shape[-1]
    else:
        count, quadratic, log_determinant = _run_statistics(residual, variance, noise, rows, xp, loading)
        n_runs = rows.count
    per_run = xp.zeros(n_runs) if total else 0.0  # broadcasts a term that all runs share to one value per run

    def summed(term: Any) -> Any:
        return xp.sum(term) if total else term

    out = summed(_gammaln((df + count) / 2, xp) + per_run) - (n_runs if total else 1) * _gammaln(df / 2, xp)
    out = out - 0.5 * summed(count * xp.log(np.pi * df) + per_run) - 0.5 * summed(log_determinant)
    return out - 0.5 * summed((df + count) * xp.log1p(quadratic / df))


def _run_statistics(
    residual: Any, variance: Any, noise: Mapping[str, Any], rows: RunRows, xp: Any, loading: Any
) -> tuple[Any, Any, Any]:
    """Number of rows, quadratic form of the residuals, and log determinant of their covariance, per run."""
    white = innovations(residual, variance, noise, rows.step, xp, loading)
    count, precision, weighted, squares, logs = (
        sum_by_run(value, rows, xp)
        for value in (
            xp.ones_like(residual),
            white.run_loading**2,
            white.innovation * white.run_loading,
            white.innovation**2,
            white.log_variance,
        )
    )
    if "noise_run" not in noise:
        return count, squares, logs
    inflation = 1 + noise["noise_run"] ** 2 * precision
    return count, squares - noise["noise_run"] ** 2 * weighted**2 / inflation, logs + xp.log(inflation)


def _gammaln(value: Any, xp: Any) -> Any:
    """Log of the gamma function, which NumPy does not have."""
    return special.gammaln(value) if xp is np else xp.gammaln(value)


def log_student(z: Array, df: Array) -> Array:
    """Compute the log density of Student's t at standardised values.

    Parameters
    ----------
    z : array
        Values in units of their scale.
    df : array
        Degrees of freedom; infinite for a normal.

    Returns
    -------
    array
        Log densities with respect to `z`.
    """
    heavy = np.isfinite(df)
    finite = np.where(heavy, df, 1.0)
    constant = special.gammaln((finite + 1) / 2) - special.gammaln(finite / 2) - 0.5 * np.log(finite * np.pi)
    normal = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    return np.asarray(np.where(heavy, constant - (finite + 1) / 2 * np.log1p(z**2 / finite), normal))


def solve_covariance(
    features: Array, variance: Array, noise: Mapping[str, Array], rows: RunRows, loading: Array | float = 1.0
) -> Array:
    """Solve C·X = Φ for the covariance C of the noise of all rows, without building C.

    Parameters
    ----------
    features : array, shape (obs, feature)
        Φ.
    variance : array, shape (obs,)
        Squared scales of the noise of single measurements.
    noise : mapping of str to float
        Noise parameters in natural units.
    rows : RunRows
        Runs of the rows.
    loading : array, shape (obs,), or 1
        As in `innovations`.

    Returns
    -------
    array, shape (obs, feature)
        C⁻¹Φ.
    """
    if "noise_run" not in noise:
        return np.asarray((1 / variance)[:, None] * features)
    with np.errstate(divide="ignore", over="ignore"):  # infinite steps
        white = innovations(features.T, variance, noise, rows.step, np, loading)
        distance = rows.step / noise["noise_length"] if "noise_length" in noise else np.full(rows.step.shape, np.inf)
        correlation, remaining = np.exp(-distance), -np.expm1(-2 * distance)
    shared = sum_by_run(white.innovation * white.run_loading, rows, np)
    inflation = 1 / noise["noise_run"] ** 2 + sum_by_run(white.run_loading**2, rows, np)
    innovation = (white.innovation - white.run_loading * (shared / inflation)[:, rows.run]) / np.sqrt(remaining)
    to_previous = correlation * innovation  # transpose of whitening: a row's dependence on the row before it
    after = np.column_stack([to_previous[:, 1:], np.zeros(len(to_previous))])
    return np.asarray(((innovation - after) / np.sqrt(variance)).T)
