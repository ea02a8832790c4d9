"""The log density of runs is that of SciPy's distributions, and the same for NumPy and PyTensor."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_t, norm, t

from bayescale.scaling.model.noise import LEAST_REDUCIBLE, log_density, log_student, noise_variance, solve_covariance
from bayescale.scaling.model.run_rows import RunRows
from tests.scaling.model.law_cases import PENALTY, design_of

type Array = NDArray[np.float64]

RUN = np.array([0, 0, 0, 1, 2, 2])
STEP = np.array([np.inf, 0.2, 0.7, np.inf, np.inf, 0.05])
ROWS = RunRows(RUN, STEP, 3)
NOISE = {"noise_df": 4.5, "noise_run": 0.8, "noise_length": 0.4}
RESIDUAL = np.array([0.3, -0.1, 1.2, 0.6, -0.9, -1.1])
VARIANCE = np.array([0.5, 0.7, 0.4, 1.1, 0.3, 0.6])


def covariance(noise: dict[str, float]) -> Array:
    """Of the noise of all rows, written out: an effect of the run, and neighbours that resemble each other."""
    place = np.cumsum(np.where(np.isfinite(STEP), STEP, 1e6))
    correlation = np.exp(-np.abs(place[:, None] - place) / noise.get("noise_length", 1e-9))
    whole = correlation * np.sqrt(np.outer(VARIANCE, VARIANCE)) + noise["noise_run"] ** 2
    return np.where(RUN[:, None] == RUN, whole, 0.0)


@pytest.mark.parametrize("names", [("noise_df", "noise_run"), ("noise_df", "noise_run", "noise_length")])
def test_noise_of_a_family_is_that_of_residuals_in_its_unit(names: tuple[str, ...]) -> None:
    noise, unit = {name: NOISE[name] for name in names}, np.array([2.0, 0.5, 3.0])[RUN]
    with np.errstate(divide="ignore"):
        density = log_density(RESIDUAL, VARIANCE, noise, ROWS, np, loading=unit)
        in_unit = log_density(RESIDUAL / unit, VARIANCE / unit**2, noise, ROWS, np)
    np.testing.assert_allclose(density, in_unit - np.bincount(RUN, np.log(unit)), rtol=1e-10)


@pytest.mark.parametrize("names", [("noise_df", "noise_run"), ("noise_df", "noise_run", "noise_length")])
def test_runs_are_multivariate_t(names: tuple[str, ...]) -> None:
    noise = {name: NOISE[name] for name in names}
    with np.errstate(divide="ignore"):
        density = log_density(RESIDUAL, VARIANCE, noise, ROWS, np)
    for run in range(3):
        rows = run == RUN
        shape = covariance(noise)[np.ix_(rows, rows)]
        expected = multivariate_t(shape=shape, df=noise["noise_df"]).logpdf(RESIDUAL[rows])
        assert density[run] == pytest.approx(expected, rel=1e-8)


def test_rows_without_runs_are_student_t() -> None:
    expected = t(df=4.5, scale=np.sqrt(VARIANCE)).logpdf(RESIDUAL)
    single = RunRows(np.arange(6), np.full(6, np.inf), 6)
    for rows in (None, single):
        np.testing.assert_allclose(log_density(RESIDUAL, VARIANCE, {"noise_df": 4.5}, rows, np), expected, rtol=1e-12)


@pytest.mark.parametrize("with_runs", [False, True])
def test_pytensor_and_numpy_agree(with_runs: bool) -> None:
    noise = NOISE if with_runs else {"noise_df": 4.5}
    graph_noise = {name: pt.as_tensor(np.float64(value)) for name, value in noise.items()}
    step = np.minimum(STEP, 1e6)
    residual = pt.vector("residual", dtype="float64")
    graph_rows = RunRows(pt.as_tensor(RUN), pt.as_tensor(step), pt.as_tensor(np.int64(3))) if with_runs else None
    graph = log_density(residual, pt.as_tensor(VARIANCE), graph_noise, graph_rows, pt, total=True)
    compiled = pytensor.function([residual], graph, mode="FAST_COMPILE")
    per_run = log_density(RESIDUAL, VARIANCE, noise, RunRows(RUN, step, 3) if with_runs else None, np)
    total = log_density(RESIDUAL, VARIANCE, noise, RunRows(RUN, step, 3) if with_runs else None, np, total=True)
    assert total == pytest.approx(per_run.sum(), rel=1e-12)
    assert compiled(RESIDUAL) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("names", [(), ("noise_run",), ("noise_run", "noise_length")])
def test_covariance_is_solved_without_building_it(names: tuple[str, ...]) -> None:
    noise = {name: np.float64(NOISE[name]) for name in names}
    features = np.random.default_rng(0).standard_normal((6, 3))
    whole = covariance(noise) if noise else np.diag(VARIANCE)
    np.testing.assert_allclose(
        solve_covariance(features, VARIANCE, noise, ROWS), np.linalg.solve(whole, features), rtol=1e-6
    )


def test_noise_grows_from_its_floor_with_the_reducible_response() -> None:
    layout = design_of(PENALTY).layout
    noise = {"noise_floor": 0.03, "noise_slope": 0.04, "noise_growth": 2.0}
    variance = noise_variance(layout, noise, np.array([1.0, 2.0, 0.0, -1.0]), np)
    least = 0.03**2 + (0.04 * LEAST_REDUCIBLE**2) ** 2
    np.testing.assert_allclose(variance, [0.05**2, 0.03**2 + 0.16**2, least, least])


def test_student_of_infinite_degrees_of_freedom_is_normal() -> None:
    z, df = np.array([-1.3, 0.0, 2.2]), np.array([3.0, np.inf, np.inf])
    np.testing.assert_allclose(log_student(z, df), [t(3).logpdf(z[0]), *norm.logpdf(z[1:])])
