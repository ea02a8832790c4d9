"""Draws of the capability model by a Gibbs sampler, for all chains at once.

Given the latent logits of the scores, the model is linear and Gaussian: loadings are drawn with the offsets of families
integrated out, and families' lines with the capabilities of their models integrated out. `interweaving` draws the same
variables with standardised residuals held fixed, and `moves` moves along directions that leave predictors unchanged, so
that draws mix whether scores are measured well or poorly (Yu and Meng 2011; Liu and Sabatti 2000).
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.capability.priors import PRIORS, ScalePrior
from bayescale.capability.sampling.interweaving import draw_with_fixed_residuals
from bayescale.capability.sampling.model import Model
from bayescale.capability.sampling.moves import move_along_invariances, scale_families
from bayescale.capability.sampling.scales import draw_scales
from bayescale.capability.state import State, curve
from bayescale.core.draws.slice_sampling import slice_draw

type Array = NDArray[np.float64]

INTERVAL = 4.0  # width of intervals of latent logits before they shrink, in approximate standard deviations


class Gibbs(Model):
    """Transitions of the chains for given scores."""

    def draw(self, state: State, rng: np.random.Generator) -> None:
        """Move all chains by one iteration.

        Parameters
        ----------
        state : State
            The current values, replaced by the next ones.
        rng : Generator
            Source of randomness.
        """
        self._draw_latent(state, rng)
        draw_with_fixed_residuals(self, state, rng)
        self._draw_benchmarks(state, rng)
        self._draw_capabilities(state, rng)
        self._draw_compute(state, rng)
        scale_families(self, state, rng)
        move_along_invariances(self, state, rng)

    def _draw_latent(self, state: State, rng: np.random.Generator) -> None:
        mean, scale = self.predictor(state), state.residual_scale[:, None]

        def log_density(latent: Array) -> Array:
            return self.log_likelihood(latent) - 0.5 * ((latent - mean) / scale) ** 2

        width = INTERVAL / np.sqrt(self.information + scale**-2)
        state.latent = slice_draw(log_density, state.latent, rng, width)

    def _draw_benchmarks(self, state: State, rng: np.random.Generator) -> None:
        """Coefficients with the offsets of families integrated out, then offsets and scales."""
        features, measured = self.features(state), self.measured
        chains, models, size = features.shape
        precision = state.residual_scale**-2
        outer = (features[..., :, None] * features[..., None, :]).reshape(chains, models, -1)
        square = (measured.T @ outer).reshape(chains, -1, size, size)
        product = np.swapaxes(measured * state.latent, 1, 2) @ features
        sums = np.swapaxes(self.by_family(measured[None, :, :, None] * features[:, :, None]), 1, 2)
        latent_sums = np.swapaxes(self.by_family(measured * state.latent), 1, 2)
        variance = state.offset_scale**2
        shrink = variance[:, None] / (state.residual_scale[:, None] ** 2 + self.counts * variance[:, None])
        weighted = np.swapaxes(shrink, 1, 2)[..., None] * sums
        square -= np.swapaxes(weighted, 2, 3) @ sums
        product -= (np.swapaxes(weighted, 2, 3) @ latent_sums[..., None])[..., 0]
        prior = self.prior_scale**-2
        state.coefficient = normal_draw(
            precision[..., None, None] * square + np.diag(prior),
            precision[..., None] * product + self.prior_mean * prior,
            rng,
        )
        residual = state.latent - self.without_offsets(state)
        total = self.counts * precision[:, None] + state.offset_scale[:, None] ** -2
        mean = self.by_family(measured * residual) * precision[:, None] / total
        state.offset = mean + rng.standard_normal(total.shape) / np.sqrt(total)
        state.offset_scale = _scale_draw(state.offset, len(total[0]), state.offset_scale, PRIORS.offset_scale, rng)
        residual = measured * (residual - state.offset[:, self.scores.family])
        state.residual_scale = _scale_draw(
            residual, measured.sum(axis=0), state.residual_scale, PRIORS.residual_scale, rng
        )

    def _draw_capabilities(self, state: State, rng: np.random.Generator) -> None:
        """Lines of families with the capabilities of their models integrated out, then capabilities and scales."""
        size, chains = self.dimensions, len(state.compute)
        loading, family = state.coefficient[..., 1:-1], self.scores.family
        rest = state.latent - state.coefficient[:, None, :, 0]
        rest -= curve(state.compute)[..., None] * state.coefficient[:, None, :, -1]
        draw_scales(self, state, rest - state.offset[:, family], rng)
        precision = state.residual_scale**-2
        outer = (precision[..., None, None] * loading[..., :, None] * loading[..., None, :]).reshape(
            chains, -1, size**2
        )
        information = (self.measured @ outer).reshape(chains, -1, size, size)
        around = state.model_scale**-2
        posterior = information + (np.eye(size) * around[:, None])[:, None]
        inverse = np.linalg.inv(posterior)
        self._draw_offsets(state, rest, inverse, rng)
        score = (self.measured * (rest - state.offset[:, family])) @ (precision[..., None] * loading)
        line_information = (np.eye(size) * around[:, None])[:, None] - around[:, None, :, None] * inverse * around[
            :, None, None, :
        ]
        line_score = around[:, None] * (inverse @ score[..., None])[..., 0]
        self._draw_lines(state, line_information, line_score, rng)
        lines = self.lines(state)
        state.capability = normal_draw(posterior, score + around[:, None] * lines, rng)
        count = len(self.scores.families)
        state.model_scale = _scale_draw(
            state.capability - lines, len(self.scores.models), state.model_scale, PRIORS.model_scale, rng
        )
        state.efficiency_scale = _scale_draw(
            state.efficiency, count, state.efficiency_scale, PRIORS.efficiency_scale, rng
        )
        state.slope_scale = _scale_draw(
            state.slope - self.mean_slope, count, state.slope_scale, PRIORS.slope_scale, rng
        )

    def _draw_offsets(self, state: State, rest: Array, inverse: Array, rng: np.random.Generator) -> None:
        """Offsets of each family with the capabilities of its models integrated out, all benchmarks at once."""
        precision, loading = state.residual_scale**-2, state.coefficient[..., 1:-1]
        weighted = self.measured[..., None] * (precision[..., None] * loading)[:, None]
        explained = weighted @ inverse
        residual = rest - self.lines(state) @ np.swapaxes(loading, 1, 2)
        linear = self.measured * precision[:, None] * residual
        linear -= (explained @ (np.swapaxes(weighted, 2, 3) @ residual[..., None]))[..., 0]
        total = self.counts * precision[:, None] + state.offset_scale[:, None] ** -2
        square = total[..., None] * np.eye(len(self.scores.benchmarks))
        square -= self.by_family(explained @ np.swapaxes(weighted, 2, 3))
        state.offset = normal_draw(square, self.by_family(linear), rng)

    def _draw_lines(self, state: State, information: Array, score: Array, rng: np.random.Generator) -> None:
        """Efficiency and slope of each family."""
        size, (chains, models) = self.dimensions, state.compute.shape
        regressors = np.stack([np.ones_like(state.compute), state.compute], axis=-1)
        outer = np.einsum("cmi,cmj,cmkl->cmikjl", regressors, regressors, information)
        precision = self.by_family(outer.reshape(chains, models, -1)).reshape(chains, -1, 2 * size, 2 * size)
        linear = self.by_family((regressors[..., :, None] * score[..., None, :]).reshape(chains, models, -1))
        prior = np.concatenate([state.efficiency_scale**-2, state.slope_scale**-2], axis=1)
        precision += (np.eye(2 * size) * prior[:, None])[:, None]
        linear[..., size:] += (self.mean_slope * state.slope_scale**-2)[:, None]
        values = normal_draw(precision, linear, rng)
        state.efficiency, state.slope = values[..., :size].copy(), values[..., size:].copy()

    def _draw_compute(self, state: State, rng: np.random.Generator) -> None:
        """Compute of models where it is unknown."""
        if not self.unknown.any():
            return
        places, family = np.flatnonzero(self.unknown), self.scores.family[self.unknown]
        rest = (state.latent - self.predictor(state))[:, places]
        rest += curve(state.compute[:, places])[..., None] * state.coefficient[:, None, :, -1]
        distance = state.capability[:, places] - state.efficiency[:, family]

        def log_density(compute: Array) -> Array:
            line = (distance - state.slope[:, family] * compute[..., None]) / state.model_scale[:, None]
            score = rest - curve(compute)[..., None] * state.coefficient[:, None, :, -1]
            prior = (compute - self.scores.compute[places]) / self.scores.unknown_scale[places]
            fit = (self.measured[places] * (score / state.residual_scale[:, None]) ** 2).sum(axis=2)
            return np.asarray(-0.5 * ((line**2).sum(axis=2) + prior**2 + fit))

        state.compute[:, places] = slice_draw(log_density, state.compute[:, places], rng)


def normal_draw(precision: Array, linear: Array, rng: np.random.Generator) -> Array:
    """Draw from normal distributions.

    Parameters
    ----------
    precision : ndarray, shape (..., n, n)
        Precision matrices.
    linear : ndarray, shape (..., n)
        Precision times mean.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (..., n)
        One draw of each.
    """
    root = np.linalg.cholesky(precision)
    half = np.linalg.solve(root, linear[..., None])
    half += rng.standard_normal(half.shape)
    return np.asarray(np.linalg.solve(np.swapaxes(root, -1, -2), half)[..., 0])


def _scale_draw(
    effects: Array, count: float | Array, scale: Array, prior: ScalePrior, rng: np.random.Generator
) -> Array:
    """Draw standard deviations of normal effects (chain, effect, ...), of which there are `count` each."""
    squares = (effects**2).sum(axis=1)

    def log_density(log_scale: Array) -> Array:
        likelihood = -count * log_scale - 0.5 * squares * np.exp(-2 * log_scale)
        return np.asarray(likelihood + prior.log_density(log_scale))

    return np.exp(slice_draw(log_density, np.log(scale), rng))
