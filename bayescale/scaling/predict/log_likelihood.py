"""Log-likelihood per run, log priors and tail probabilities over draws: NumPy, from the model's own formulas."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr

from bayescale.scaling.model.design import Design, Layout
from bayescale.scaling.model.parametrization import Whitened, whitened
from bayescale.scaling.predict.draws import Functions

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


def log_likelihood(functions: Functions) -> Array:
    """Log density of every run's rows together: (chain, draw, run).

    Student-t per row or, with run noise, the multivariate t of a run whose rows share an effect.
    """
    return np.concatenate([_log_likelihood(one) for one in functions.by_chain()])


def _log_likelihood(functions: Functions) -> Array:
    design = functions.design
    white = white_residuals(functions)
    df = functions.noise["noise_df"][..., None]
    count = _per_run(np.ones(len(design.run)), design)
    squares, logs = _per_run(white.fresh**2, design), _per_run(white.log_scale, design)
    if "noise_run" in functions.noise:
        run_variance = functions.noise["noise_run"][..., None] ** 2
        inflation = 1 + run_variance * _per_run(white.share**2, design)
        squares = squares - run_variance * _per_run(white.fresh * white.share, design) ** 2 / inflation
        logs = logs + np.log(inflation)
    constant = gammaln((df + count) / 2) - gammaln(df / 2) - 0.5 * count * np.log(np.pi * df)
    return np.asarray(constant - 0.5 * logs - 0.5 * (df + count) * np.log1p(squares / df))


def white_residuals(functions: Functions, rows: Index | slice = slice(None)) -> Whitened:
    """Residuals at training rows, of whole runs, freed of what neighbours share: arrays (chain, draw, obs)."""
    noise = {name: value[..., None] for name, value in functions.noise.items()}
    with np.errstate(divide="ignore", over="ignore"):  # infinite steps
        return whitened(*functions.at_data(rows), noise, functions.design.step[rows], np)


def weighted_by_noise(functions: Functions, features: Array) -> Array:
    """C⁻¹Φ, with C the covariance of the training rows' noise at a single draw and Φ the features (obs, feature)."""
    design = functions.design
    variance = functions.noise_variance(design.log_inputs, design.family)[0, 0]
    noise = {name: value[0, 0] for name, value in functions.noise.items()}
    if "noise_run" not in noise:
        return np.asarray((1 / variance)[:, None] * features)
    with np.errstate(divide="ignore", over="ignore"):  # infinite steps
        white = whitened(features.T, variance, noise, design.step, np)
        away = design.step / noise.get("noise_length", 1.0)  # without a length every step is infinite
        kept, left = np.exp(-away), -np.expm1(-2 * away)
    shared = _per_run(white.fresh * white.share, design)
    inflation = 1 / noise["noise_run"] ** 2 + _per_run(white.share**2, design)
    fresh = (white.fresh - white.share * (shared / inflation)[:, design.run]) / np.sqrt(left)
    moved = kept * fresh  # whitening's transpose: what a row keeps of the one before goes back to that one
    before = np.column_stack([moved[:, 1:], np.zeros(len(moved))])
    return np.asarray(((fresh - before) / np.sqrt(variance)).T)


def _per_run(values: Array, design: Design) -> Array:
    """Sums over each run's rows; values end in obs, the result in run."""
    order = np.argsort(design.run, kind="stable")
    starts = np.searchsorted(design.run[order], np.arange(len(design.runs)))
    return np.asarray(np.add.reduceat(values[..., order], starts, axis=-1))


def standard_residuals(functions: Functions) -> tuple[Array, Array]:
    """Residuals at the training rows, in the design's unit and over the scale of one measurement's noise: each (chain,
    draw, obs)."""
    residual, variance = functions.at_data()
    if "noise_run" in functions.noise:
        variance = variance + functions.noise["noise_run"][..., None] ** 2
    return residual, residual / np.sqrt(variance)


def cumulative(standard: Array, functions: Functions) -> Array:
    """Probability of a smaller measurement than each standardised residual, given a draw: (chain, draw, obs)."""
    return np.asarray(stdtr(functions.noise["noise_df"][..., None], standard))


def log_student(z: Array, df: Array) -> Array:
    """Log density of Student's t at standardised values; of a normal where the degrees of freedom are infinite."""
    heavy = np.isfinite(df)
    some = np.where(heavy, df, 1.0)
    constant = gammaln((some + 1) / 2) - gammaln(some / 2) - 0.5 * np.log(some * np.pi)
    normal = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    return np.asarray(np.where(heavy, constant - (some + 1) / 2 * np.log1p(z**2 / some), normal))


def log_prior(design: Design, values: Mapping[str, Array], coordinates: Mapping[str, Array]) -> dict[str, Array]:
    """Log density of what is assumed before data, one array (chain, draw) per block of priors.

    These are the priors a user could change: on population, spread, free parameters, noise and the discrepancy's scale.
    The distribution of families around their population is part of the model, not of the prior.
    """
    from bayescale.scaling.model.pymc_model import constants, default_centring

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
    if layout.n_basis:
        out["discrepancy"] = _normal(values["log_discrepancy"][..., None], const["discrepancy"][None])
    return out


def _free(layout: Layout, coordinates: Mapping[str, Array], prior: Array) -> Array:
    parts = [
        _normal(coordinates[name], np.repeat(prior[i : i + 1], layout.n_families, axis=0))
        for i, name in enumerate(layout.free)
    ]
    return np.asarray(sum(parts[1:], parts[0]))


def _normal(values: Array, prior: Array) -> Array:
    """Summed log density of independent normals: values (…, k), prior (k, 2) of means and standard deviations."""
    z = (values - prior[:, 0]) / prior[:, 1]
    return np.asarray((-0.5 * z**2 - np.log(prior[:, 1]) - 0.5 * np.log(2 * np.pi)).sum(axis=-1))
