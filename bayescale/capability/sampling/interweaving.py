"""Draws of the capability model with the standardised residuals of the latent logits held fixed.

A change of a coefficient, an offset, a capability or a scale then moves the latent logits with it, and the scores
themselves decide. This mixes where residuals are small against the noise of the scores, or a score is near chance.
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.capability.priors import PRIORS, ScalePrior
from bayescale.capability.sampling.model import Model
from bayescale.capability.state import State
from bayescale.core.draws.slice_sampling import slice_draw

type Array = NDArray[np.float64]

DIRECTIONS = 2  # along which coefficients move in one iteration
WIDTH = 3.0  # of intervals before they shrink, in standard deviations


def draw_with_fixed_residuals(model: Model, state: State, rng: np.random.Generator) -> None:
    """Draw coefficients, scales, offsets and capabilities; latent logits move with them.

    Parameters
    ----------
    model : Model
        The model.
    state : State
        The current values, replaced by the next ones.
    rng : Generator
        Source of randomness.
    """
    _draw_coefficients(model, state, rng)
    residual = state.latent - model.predictor(state)
    state.residual_scale = _scale(model, state, residual, state.residual_scale, PRIORS.residual_scale, rng)
    _draw_offsets(model, state, rng)
    offset, before = state.offset[:, model.scores.family], state.offset_scale
    state.offset_scale = _scale(model, state, offset, before, PRIORS.offset_scale, rng)
    state.offset = state.offset * (state.offset_scale / before)[:, None]
    _draw_capabilities(model, state, rng)


def _draw_coefficients(model: Model, state: State, rng: np.random.Generator) -> None:
    """Coefficients of each benchmark, along random directions of the spread that the scores leave them.

    The offset of each family moves against the change of its mean, so that families with offsets of their own do not
    hold the coefficients fixed.
    """
    features, family = model.features(state), model.scores.family
    chains, models, size = features.shape
    with np.errstate(divide="ignore"):
        weight = 1 / (1 / model.information + state.residual_scale[:, None] ** 2)
    outer = (features[..., :, None] * features[..., None, :]).reshape(chains, models, -1)
    square = (np.swapaxes(weight, 1, 2) @ outer).reshape(chains, -1, size, size)
    sums = np.swapaxes(model.by_family(weight[..., None] * features[:, :, None]), 1, 2)
    share = np.swapaxes(1 / (model.by_family(weight) + state.offset_scale[:, None] ** -2), 1, 2)[..., None]
    precision = square - np.swapaxes(sums * share, 2, 3) @ sums + np.diag(model.prior_scale**-2)
    for _ in range(DIRECTIONS):
        direction = _direction(precision, rng)
        shift = -np.swapaxes((share * sums @ direction[..., None])[..., 0], 1, 2)
        along = features @ np.swapaxes(direction, 1, 2) + shift[:, family]
        latent, offset = state.latent, state.offset

        def log_density(
            change: Array,
            latent: Array = latent,
            along: Array = along,
            direction: Array = direction,
            shift: Array = shift,
        ) -> Array:
            likelihood = model.log_likelihood(latent + along * change[:, None]).sum(axis=1)
            distance = (state.coefficient + direction * change[..., None] - model.prior_mean) / model.prior_scale
            offset = (state.offset + shift * change[:, None]) / state.offset_scale[:, None]
            return np.asarray(likelihood - 0.5 * ((distance**2).sum(axis=2) + (offset**2).sum(axis=1)))

        change = slice_draw(log_density, np.zeros(direction.shape[:2]), rng, WIDTH)
        state.coefficient = state.coefficient + direction * change[..., None]
        state.offset = offset + shift * change[:, None]
        state.latent = latent + along * change[:, None]


def _direction(precision: Array, rng: np.random.Generator) -> Array:
    """Draw a direction (..., n) from the normal distribution with these precisions (..., n, n)."""
    root = np.swapaxes(np.linalg.cholesky(precision), -1, -2)
    return np.asarray(np.linalg.solve(root, rng.standard_normal((*precision.shape[:-1], 1)))[..., 0])


def _scale(model: Model, state: State, part: Array, scale: Array, prior: ScalePrior, rng: np.random.Generator) -> Array:
    """Draw a scale per benchmark, to which a part of the latent logits (chain, model, benchmark) is proportional."""
    latent, log_scale = state.latent, np.log(scale)

    def log_density(change: Array) -> Array:
        likelihood = model.log_likelihood(latent + part * np.expm1(change)[:, None]).sum(axis=1)
        return np.asarray(likelihood + prior.log_density(log_scale + change))

    change = slice_draw(log_density, np.zeros_like(scale), rng)
    state.latent = latent + part * np.expm1(change)[:, None]
    return np.asarray(scale * np.exp(change))


def _draw_offsets(model: Model, state: State, rng: np.random.Generator) -> None:
    family, latent, scale = model.scores.family, state.latent, state.offset_scale[:, None]

    def log_density(change: Array) -> Array:
        likelihood = model.by_family(model.log_likelihood(latent + change[:, family]))
        return np.asarray(likelihood - 0.5 * ((state.offset + change) / scale) ** 2)

    information = model.by_family(model.information[None])
    change = slice_draw(log_density, np.zeros_like(state.offset), rng, WIDTH / np.sqrt(information + scale**-2))
    state.offset = state.offset + change
    state.latent = latent + change[:, family]


def _draw_capabilities(model: Model, state: State, rng: np.random.Generator) -> None:
    """Capabilities of each model, along random directions of the spread that its scores leave them.

    A latent logit moves the more with the capability, the less its score tells of it; its residual takes up the rest.
    """
    size, chains = model.dimensions, len(state.compute)
    loading, around = state.coefficient[..., 1:-1], state.model_scale[:, None] ** -2
    tightness = state.residual_scale[:, None] ** -2
    part = tightness / (model.information + tightness)
    outer = (loading[..., :, None] * loading[..., None, :]).reshape(chains, -1, size**2)
    precision = ((part * model.information) @ outer).reshape(chains, -1, size, size) + np.eye(size) * around[..., None]
    lines = model.lines(state)
    for _ in range(size):
        direction = _direction(precision, rng)
        latent, along = state.latent, direction @ np.swapaxes(loading, 1, 2)
        residual = latent - model.predictor(state)

        def log_density(
            change: Array,
            latent: Array = latent,
            along: Array = along,
            residual: Array = residual,
            direction: Array = direction,
        ) -> Array:
            shift = along * change[..., None]
            likelihood = model.log_likelihood(latent + part * shift)
            likelihood -= 0.5 * tightness * (residual - (1 - part) * shift) ** 2
            deviation = state.capability + direction * change[..., None] - lines
            return np.asarray(likelihood.sum(axis=2) - 0.5 * (deviation**2 * around).sum(axis=2))

        change = slice_draw(log_density, np.zeros(direction.shape[:2]), rng, WIDTH)
        state.capability = state.capability + direction * change[..., None]
        state.latent = latent + part * along * change[..., None]
