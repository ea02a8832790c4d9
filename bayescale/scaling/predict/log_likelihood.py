"""Log-likelihood per run, log priors and tail probabilities over draws: NumPy, from the model's own formulas."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.model_data import constants
from bayescale.scaling.model.noise import Innovations, innovations, log_density, solve_covariance
from bayescale.scaling.model.run_rows import RunRows
from bayescale.scaling.predict.draws import Functions

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


def log_likelihood(functions: Functions) -> Array:
    """Compute the log density of every run, its rows together.

    Parameters
    ----------
    functions : Functions
        Posterior draws, with the training rows of their design.

    Returns
    -------
    array, shape (chain, draw, run)
        Student-t per row or, with run noise, the multivariate t of a run whose rows share an effect.
    """
    rows = run_rows(functions.design)

    def of_chain(chain: Functions) -> Array:
        noise = {name: value[..., None] for name, value in chain.noise.items()}
        with np.errstate(divide="ignore", over="ignore"):  # infinite steps
            loading = chain.noise_loading(chain.design.family)
            return np.asarray(log_density(*chain.at_data(), noise, rows, np, loading=loading))

    return np.concatenate([of_chain(chain) for chain in functions.by_chain()])


def run_rows(design: Design) -> RunRows:
    """Look up which training rows belong to which run.

    Parameters
    ----------
    design : Design
        Training rows.

    Returns
    -------
    RunRows
        Runs of the rows.
    """
    return RunRows(design.run, design.step, len(design.runs))


def innovations_at_data(functions: Functions, rows: Index | slice = slice(None)) -> Innovations:
    """Whiten the residuals at training rows.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    rows : array of int or slice, default all
        Training rows, of whole runs.

    Returns
    -------
    Innovations
        Arrays (chain, draw, obs), free of what neighbours along a run share.
    """
    noise = {name: value[..., None] for name, value in functions.noise.items()}
    with np.errstate(divide="ignore", over="ignore"):  # infinite steps
        loading = functions.noise_loading(functions.design.family[rows])
        return innovations(*functions.at_data(rows), noise, functions.design.step[rows], np, loading)


def noise_precision_times(functions: Functions, features: Array) -> Array:
    """Multiply features by the inverse covariance of the noise at the training rows.

    Parameters
    ----------
    functions : Functions
        A single posterior draw.
    features : array, shape (obs, feature)
        Φ.

    Returns
    -------
    array, shape (obs, feature)
        C⁻¹Φ, with C the covariance of the noise.
    """
    design = functions.design
    variance = functions.noise_variance(design.log_inputs, design.family)[0, 0]
    noise = {name: value[0, 0] for name, value in functions.noise.items()}
    loading = functions.noise_loading(design.family)[0, 0]
    return solve_covariance(features, variance, noise, run_rows(design), loading)


def standard_residuals(functions: Functions) -> tuple[Array, Array]:
    """Standardise the residuals at the training rows.

    Parameters
    ----------
    functions : Functions
        Posterior draws.

    Returns
    -------
    residual, standard : array, shape (chain, draw, obs)
        Residuals in the design's unit, and over the scale of one measurement's noise.
    """
    residual, variance = functions.at_data()
    return residual, residual / np.sqrt(functions.run_variance(variance, functions.design.family))


def cumulative(standard: Array, functions: Functions) -> Array:
    """Compute the probability of a smaller measurement, given a draw.

    Parameters
    ----------
    standard : array, shape (chain, draw, obs)
        Standardised residuals.
    functions : Functions
        The same posterior draws.

    Returns
    -------
    array, shape (chain, draw, obs)
        Probabilities.
    """
    return np.asarray(stdtr(functions.noise["noise_df"][..., None], standard))


def log_prior(design: Design, values: Mapping[str, Array], coordinates: Mapping[str, Array]) -> dict[str, Array]:
    """Compute the log density of the priors that a user could change.

    The distribution of families around their population is part of the model, not of the prior.

    Parameters
    ----------
    design : Design
        Priors.
    values : mapping of str to array, each (chain, draw, ...)
        Draws of the model's variables, as `Draws` holds them.
    coordinates : mapping of str to array, each (chain, draw, family)
        Coordinates of the parameters (`from_draws`).

    Returns
    -------
    dict of str to array, each (chain, draw)
        One entry per block: `population`, `spread`, `free`, `noise`, `discrepancy`.
    """
    layout = design.layout
    const = constants(design, default_centring(design))
    out = {}
    if layout.population:
        out["population"] = _normal(values["population"], const["population"])
    if layout.pooled:
        out["spread"] = _normal(values["log_spread"], const["spread"])
    if layout.free:
        out["free"] = _free(layout, coordinates, const["free"])
    out["noise"] = _normal(values["noise"], const["noise"])
    if layout.family_noise:
        repeated = np.repeat(const["noise_scale"], layout.n_families, axis=0)
        out["noise"] = out["noise"] + _normal(values["noise_scale"][..., 0, :], repeated)
    if layout.n_basis:
        out["discrepancy"] = _normal(values["log_discrepancy"][..., None], const["discrepancy"][None])
    return out


def _free(layout: Layout, coordinates: Mapping[str, Array], prior: Array) -> Array:
    """Summed log density of the priors of the free parameters of all families."""
    parts = [
        _normal(coordinates[name], np.repeat(prior[i : i + 1], layout.n_families, axis=0))
        for i, name in enumerate(layout.free)
    ]
    return np.asarray(sum(parts[1:], parts[0]))


def _normal(values: Array, prior: Array) -> Array:
    """Summed log density of independent normals: values (…, k), prior (k, 2) of means and standard deviations."""
    z = (values - prior[:, 0]) / prior[:, 1]
    return np.asarray((-0.5 * z**2 - np.log(prior[:, 1]) - 0.5 * np.log(2 * np.pi)).sum(axis=-1))
