"""Draws of residual scales with the capabilities of models integrated out.

Given capabilities, residual scales and loadings determine each other almost, as in every factor model. Without them,
the latent logits of a model are normal around the line of its family; their covariance is of low rank plus a diagonal.
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.capability.priors import PRIORS
from bayescale.capability.sampling.model import Model
from bayescale.capability.state import State
from bayescale.core.draws.slice_sampling import slice_draw

type Array = NDArray[np.float64]

DIRECTIONS = 2  # along which the log scales move in one iteration
STEP = 0.3  # standard deviation of a direction's components
WIDTH = 3.0  # of intervals before they shrink, in directions


def draw_scales(model: Model, state: State, rest: Array, rng: np.random.Generator) -> None:
    """Draw the scales of residuals and of models around their lines, along random directions of their logarithms.

    Capabilities must be drawn again before they are used.

    Parameters
    ----------
    model : Model
        The model.
    state : State
        The current values; `residual_scale` and `model_scale` are replaced.
    rest : ndarray, shape (n_chains, n_models, n_benchmarks)
        Latent logits less offsets, intercepts and curvature.
    rng : Generator
        Source of randomness.
    """
    loading, measured = state.coefficient[..., 1:-1], model.scores.measured
    residual = measured * (rest - model.lines(state) @ np.swapaxes(loading, 1, 2))
    benchmarks = state.residual_scale.shape[1]
    outer = loading[..., :, None] * loading[..., None, :]
    for _ in range(DIRECTIONS):
        log_scales = np.log(np.concatenate([state.residual_scale, state.model_scale], axis=1))
        direction = STEP * rng.standard_normal(log_scales.shape)

        def log_density(change: Array, start: Array = log_scales, direction: Array = direction) -> Array:
            log_residual, log_model = np.split(start + direction * change[:, None], [benchmarks], axis=1)
            likelihood = _log_likelihood(measured, residual, loading, outer, log_residual, log_model)
            prior = PRIORS.residual_scale.log_density(log_residual).sum(axis=1)
            return np.asarray(likelihood + prior + PRIORS.model_scale.log_density(log_model).sum(axis=1))

        change = slice_draw(log_density, np.zeros(len(direction)), rng, WIDTH)
        scales = np.exp(log_scales + direction * change[:, None])
        state.residual_scale, state.model_scale = scales[:, :benchmarks], scales[:, benchmarks:]


def _log_likelihood(
    measured: Array, residual: Array, loading: Array, outer: Array, log_residual: Array, log_model: Array
) -> Array:
    """Log density of the residuals (chain, model, benchmark) of all models with capabilities integrated out."""
    chains, models, _ = residual.shape
    size = loading.shape[2]
    precision = np.exp(-2 * log_residual)
    information = (measured @ (precision[..., None, None] * outer).reshape(chains, -1, size**2)).reshape(
        chains, models, size, size
    )
    information = information + (np.eye(size) * np.exp(-2 * log_model)[:, None])[:, None]
    score = residual @ (precision[..., None] * loading)
    explained = (score * np.linalg.solve(information, score[..., None])[..., 0]).sum(axis=(1, 2))
    squares = (precision * (residual**2).sum(axis=1)).sum(axis=1)
    log_determinant = np.log(np.linalg.det(information)).sum(axis=1) + 2 * models * log_model.sum(axis=1)
    log_determinant += 2 * (measured.sum(axis=0) * log_residual).sum(axis=1)
    return np.asarray(0.5 * (explained - squares - log_determinant))
