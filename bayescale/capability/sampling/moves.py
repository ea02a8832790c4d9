"""Moves of the capability model along directions in which its predictors do not change, and of scales of families.

Capabilities and loadings can be shifted, scaled and sheared against each other without a change of any predictor. Only
priors decide on these directions, in which single draws move slowly.
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.capability.priors import PRIORS, ScalePrior
from bayescale.capability.sampling.model import Model
from bayescale.capability.state import State, curve, mean_slope
from bayescale.core.draws.slice_sampling import slice_draw

type Array = NDArray[np.float64]

SCALE_WIDTH = 0.3


def scale_families(model: Model, state: State, rng: np.random.Generator) -> None:
    """Scale efficiencies, and deviations of slopes, of all families with their standard deviation.

    Parameters
    ----------
    model : Model
        The model.
    state : State
        The current values, replaced by the next ones.
    rng : Generator
        Source of randomness.
    """
    family, centre = model.scores.family, mean_slope(model.dimensions)
    for place in range(model.dimensions):
        deviation = (state.capability - model.lines(state))[..., place]
        change = _family_scale(
            state.efficiency[:, family, place],
            deviation,
            state.model_scale[:, place],
            np.log(state.efficiency_scale[:, place]),
            PRIORS.efficiency_scale,
            rng,
        )
        deviation = deviation - state.efficiency[:, family, place] * np.expm1(change)[:, None]
        state.efficiency[..., place] *= np.exp(change)[:, None]
        state.efficiency_scale[:, place] *= np.exp(change)
        steepness = state.slope[..., place] - centre[place]
        change = _family_scale(
            steepness[:, family] * state.compute,
            deviation,
            state.model_scale[:, place],
            np.log(state.slope_scale[:, place]),
            PRIORS.slope_scale,
            rng,
        )
        state.slope[..., place] = centre[place] + steepness * np.exp(change)[:, None]
        state.slope_scale[:, place] *= np.exp(change)


def _family_scale(
    part: Array, deviation: Array, scale: Array, log_scale: Array, prior: ScalePrior, rng: np.random.Generator
) -> Array:
    """Draw the log factor of a part of the lines (chain, model), with standardised effects fixed."""
    square, product = (part**2).sum(axis=1) / scale**2, (part * deviation).sum(axis=1) / scale**2

    def log_density(change: Array) -> Array:
        growth = np.expm1(change)
        return np.asarray(growth * (product - 0.5 * square * growth) + prior.log_density(log_scale + change))

    return slice_draw(log_density, np.zeros_like(scale), rng)


def move_along_invariances(model: Model, state: State, rng: np.random.Generator) -> None:
    """Shift, scale and shear capabilities, with loadings, intercepts, curvatures and offsets to match.

    Parameters
    ----------
    model : Model
        The model.
    state : State
        The current values, replaced by the next ones.
    rng : Generator
        Source of randomness.
    """
    for place in range(model.dimensions):
        _shift_curvature(model, state, place, rng)
        for other in range(model.dimensions):
            if other != place:
                _shear(model, state, place, other, rng)
        _shift_families(model, state, place, rng)
        _shift_all(state, place, rng)
        _scale_all(model, state, place, rng)


def _normal(precision: Array, linear: Array, rng: np.random.Generator) -> Array:
    return np.asarray(linear / precision + rng.standard_normal(precision.shape) / np.sqrt(precision))


def _shift_curvature(model: Model, state: State, place: int, rng: np.random.Generator) -> None:
    """Capabilities along the curve of compute, against curvatures."""
    bend, loading = curve(state.compute), state.coefficient[..., 1 + place]
    deviation = (state.capability - model.lines(state))[..., place]
    variance, prior = state.model_scale[:, place] ** 2, PRIORS.curvature_scale**-2
    precision = (bend**2).sum(axis=1) / variance + prior * (loading**2).sum(axis=1)
    linear = -(bend * deviation).sum(axis=1) / variance + prior * (loading * state.coefficient[..., -1]).sum(axis=1)
    change = _normal(precision, linear, rng)[:, None]
    state.capability[..., place] += change * bend
    state.coefficient[..., -1] -= change * loading


def _shear(model: Model, state: State, place: int, other: int, rng: np.random.Generator) -> None:
    """A multiple of another dimension added to one, against the loadings on the other."""
    centre = mean_slope(model.dimensions)
    deviation = state.capability - model.lines(state)
    loading, scale = state.coefficient[..., 1:-1], model.prior_scale[1 + other]
    distance = loading[..., other] - model.prior_mean[1 + other]
    precision = (loading[..., place] ** 2).sum(axis=1) / scale**2
    linear = (loading[..., place] * distance).sum(axis=1) / scale**2
    pairs = (
        (deviation[..., other], deviation[..., place], state.model_scale),
        (state.efficiency[..., other], state.efficiency[..., place], state.efficiency_scale),
        (state.slope[..., other], state.slope[..., place] - centre[place], state.slope_scale),
    )
    for added, value, deviations in pairs:
        precision = precision + (added**2).sum(axis=1) / deviations[:, place] ** 2
        linear = linear - (added * value).sum(axis=1) / deviations[:, place] ** 2
    change = _normal(precision, linear, rng)[:, None]
    for values in (state.capability, state.efficiency, state.slope):
        values[..., place] += change * values[..., other]
    state.coefficient[..., 1 + other] -= change * state.coefficient[..., 1 + place]


def _shift_families(model: Model, state: State, place: int, rng: np.random.Generator) -> None:
    """Efficiency of each family, against its offsets."""
    loading, variance = state.coefficient[:, None, :, 1 + place], state.offset_scale[:, None] ** 2
    prior = state.efficiency_scale[:, None, place] ** -2
    precision = prior + (loading**2 / variance).sum(axis=2)
    linear = -prior * state.efficiency[..., place] + (loading * state.offset / variance).sum(axis=2)
    change = _normal(np.broadcast_to(precision, linear.shape), linear, rng)
    state.efficiency[..., place] += change
    state.capability[..., place] += change[:, model.scores.family]
    state.offset = state.offset - loading * change[..., None]


def _shift_all(state: State, place: int, rng: np.random.Generator) -> None:
    """Efficiency of all families, against intercepts."""
    loading, families = state.coefficient[..., 1 + place], state.efficiency.shape[1]
    prior, width = state.efficiency_scale[:, place] ** -2, PRIORS.intercept_scale**-2
    precision = families * prior + width * (loading**2).sum(axis=1)
    distance = state.coefficient[..., 0] - PRIORS.intercept
    linear = -prior * state.efficiency[..., place].sum(axis=1) + width * (loading * distance).sum(axis=1)
    change = _normal(precision, linear, rng)[:, None]
    state.efficiency[..., place] += change
    state.capability[..., place] += change
    state.coefficient[..., 0] -= change * loading


def _scale_all(model: Model, state: State, place: int, rng: np.random.Generator) -> None:
    """A dimension of capability with all its standard deviations, against its loadings."""
    loading, slope = state.coefficient[..., 1 + place], state.slope[..., place]
    centre = mean_slope(model.dimensions)[place]
    mean, width = model.prior_mean[1 + place], model.prior_scale[1 + place]
    scales = {
        "model_scale": PRIORS.model_scale,
        "efficiency_scale": PRIORS.efficiency_scale,
        "slope_scale": PRIORS.slope_scale,
    }

    def log_density(change: Array) -> Array:
        factor = np.exp(change)[:, None]
        steepness = (slope - centre / factor) / state.slope_scale[:, None, place]
        log_prior = -0.5 * (steepness**2).sum(axis=1) - 0.5 * (((loading / factor - mean) / width) ** 2).sum(axis=1)
        for name, prior in scales.items():
            log_prior = log_prior + prior.log_density(np.log(getattr(state, name)[:, place]) + change)
        return np.asarray(log_prior - loading.shape[1] * change)

    factor = np.exp(slice_draw(log_density, np.zeros(len(loading)), rng, SCALE_WIDTH))
    for values in (state.capability, state.efficiency, state.slope):
        values[..., place] *= factor[:, None]
    for name in scales:
        getattr(state, name)[:, place] *= factor
    state.coefficient[..., 1 + place] /= factor[:, None]
