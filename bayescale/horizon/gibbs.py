"""Exact draws of the horizon model by Gibbs sampling with Pólya-Gamma variables, for all chains at once.

Given a Pólya-Gamma variable for each cell (Polson, Scott and Windle 2013, arXiv 1205.0310), the counts are Gaussian
observations of the linear predictor. Cell effects are then integrated out, and horizons, families and tasks are drawn
as one block, by eliminating tasks, whose precision is diagonal. Every scale is drawn twice in each iteration: with its
effects fixed, and with its standardised effects fixed (Yu and Meng 2011), so that it mixes whether its effects are well
measured or not.
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.core.draws.slice_sampling import slice_draw
from bayescale.horizon.cells import Cells
from bayescale.horizon.priors import PRIORS
from bayescale.horizon.state import State
from bayescale.horizon.updates import coefficient_draw, scale_draw

type Array = NDArray[np.float64]


class Gibbs:
    """Transitions of the chains for given counts.

    Parameters
    ----------
    cells : Cells
        The counts.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.length = cells.centred_length[cells.task]
        self.attempts = cells.attempts.astype(float)
        self.excess = cells.successes - cells.attempts / 2
        self.of_agent = _indicator(cells.agent, len(cells.agents))
        self.of_task = _indicator(cells.task, len(cells.tasks))
        self.of_family = _indicator(cells.family[cells.task], len(cells.families))
        self.family_of_task = _indicator(cells.family, len(cells.families))

    def draw(self, state: State, rng: np.random.Generator) -> None:
        """Move all chains by one iteration.

        Parameters
        ----------
        state : State
            The current values, replaced by the next ones.
        rng : Generator
            Source of randomness.
        """
        from polyagamma import random_polyagamma

        self._draw_without_weights(state, rng)
        weight = random_polyagamma(self.attempts, state.predictor, random_state=rng)
        observed = self.excess / weight
        precision = 1 / (1 / weight + state.cell_scale[:, None] ** 2)
        self._draw_effects(state, observed, precision, rng)
        self._draw_slopes(state, observed, precision, rng)
        _draw_slope_population(state, rng)
        self._draw_common_slope(state, observed, precision, rng)
        self._draw_scales(state, observed, precision, rng)
        self._draw_cells(state, observed, weight, rng)

    def _mean(self, state: State) -> Array:
        """The predictor without effects of families, tasks and cells."""
        agent = self.cells.agent
        return np.exp(state.log_slope)[:, agent] * (state.location[:, agent] - self.length)

    def _effects(self, state: State) -> Array:
        task, family = self.cells.task, self.cells.family
        return (state.task_effect + state.family_effect[:, family])[:, task]

    def _draw_without_weights(self, state: State, rng: np.random.Generator) -> None:
        """Locations, and the scale of standardised cell effects, from the counts themselves.

        Given Pólya-Gamma variables they move slowly where an agent, or many cells, have no success or no failure.
        """
        agent = self.cells.agent
        slope = np.exp(state.log_slope)[:, agent]
        rest = state.predictor - slope * (state.location[:, agent] - self.length)

        def given_rest(location: Array) -> Array:
            likelihood = self._log_likelihood(rest + slope * (location[:, agent] - self.length)) @ self.of_agent
            return np.asarray(likelihood - 0.5 * (location / PRIORS.location_scale) ** 2)

        state.location = slice_draw(given_rest, state.location, rng, 4.0)
        distance = state.location[:, agent] - self.length

        def given_location(log_slope: Array) -> Array:
            likelihood = self._log_likelihood(rest + np.exp(log_slope)[:, agent] * distance) @ self.of_agent
            return np.asarray(likelihood + _log_slope_prior(log_slope, state))

        state.log_slope = slice_draw(given_location, state.log_slope, rng, 0.5)
        mean = self._mean(state) + self._effects(state)
        predictor = rest + np.exp(state.log_slope)[:, agent] * distance
        effect, spread = predictor - mean, state.cell_scale[:, None]

        def given_mean(effect: Array) -> Array:
            return self._log_likelihood(mean + effect) - 0.5 * (effect / spread) ** 2

        effect = slice_draw(given_mean, effect, rng, 4.0)
        state.cell_scale = scale_draw(effect, state.cell_scale, PRIORS.effect_scale, rng)
        standard = effect / state.cell_scale[:, None]

        def given_standard(scale: Array) -> Array:
            likelihood = self._log_likelihood(mean + standard * scale[:, None]).sum(axis=1)
            return np.asarray(likelihood - 0.5 * (scale / PRIORS.effect_scale) ** 2)

        scale = slice_draw(given_standard, state.cell_scale, rng, 0.5)
        state.predictor = mean + standard * scale[:, None]
        state.cell_scale = np.abs(scale)

    def _log_likelihood(self, predictor: Array) -> Array:
        """Binomial log likelihood of each cell without its constant."""
        softplus = np.maximum(predictor, 0.0) + np.log1p(np.exp(-np.abs(predictor)))
        return np.asarray(self.cells.successes * predictor - self.attempts * softplus)

    def _draw_effects(self, state: State, observed: Array, precision: Array, rng: np.random.Generator) -> None:
        """Locations, families and tasks as one Gaussian block."""
        agents, families = len(self.cells.agents), len(self.cells.families)
        slope = np.exp(state.log_slope)
        target = observed + slope[:, self.cells.agent] * self.length
        weighted = precision * target
        grid = np.zeros((len(slope), len(self.cells.tasks), agents))  # precision times slope, by task and agent
        grid[:, self.cells.task, self.cells.agent] = precision
        per_task = grid.sum(axis=2)
        grid *= slope[:, None, :]
        cross = np.concatenate([grid, per_task[:, :, None] * self.family_of_task], axis=2)
        size = agents + families
        block = np.zeros((len(slope), size, size))
        diagonal = np.arange(agents)
        block[:, diagonal, diagonal] = (precision @ self.of_agent) * slope**2 + PRIORS.location_scale**-2
        diagonal = np.arange(agents, size)
        block[:, diagonal, diagonal] = precision @ self.of_family + state.family_scale[:, None] ** -2
        between = np.swapaxes(grid, 1, 2) @ self.family_of_task
        block[:, :agents, agents:] = between
        block[:, agents:, :agents] = np.swapaxes(between, 1, 2)
        task_precision = per_task + state.task_scale[:, None] ** -2
        task_target = weighted @ self.of_task
        scaled = cross / task_precision[:, :, None]
        block -= np.swapaxes(cross, 1, 2) @ scaled
        right = np.concatenate([(weighted @ self.of_agent) * slope, weighted @ self.of_family], axis=1)
        right -= (task_target[:, None, :] @ scaled)[:, 0]
        root = np.linalg.cholesky(block)
        half = np.linalg.solve(root, right[:, :, None])
        half += rng.standard_normal(half.shape)
        values = np.linalg.solve(np.swapaxes(root, 1, 2), half)[:, :, 0]
        state.location, state.family_effect = values[:, :agents].copy(), values[:, agents:].copy()
        mean = (task_target - (cross @ values[:, :, None])[:, :, 0]) / task_precision
        state.task_effect = mean + rng.standard_normal(mean.shape) / np.sqrt(task_precision)

    def _draw_slopes(self, state: State, observed: Array, precision: Array, rng: np.random.Generator) -> None:
        """Slopes and their spread, with the predictor at the centre of the lengths fixed."""
        at_centre = np.exp(state.log_slope) * state.location
        rest = observed - self._effects(state) - at_centre[:, self.cells.agent]
        square = (precision * self.length**2) @ self.of_agent
        product = -(precision * self.length * rest) @ self.of_agent

        def log_likelihood(log_slope: Array) -> Array:
            slope = np.exp(log_slope)
            location = -0.5 * (at_centre / slope / PRIORS.location_scale) ** 2 - log_slope
            return np.asarray(slope * (product - 0.5 * square * slope) + location)

        def given_spread(log_slope: Array) -> Array:
            return log_likelihood(log_slope) + _log_slope_prior(log_slope, state)

        state.log_slope = slice_draw(given_spread, state.log_slope, rng)
        standard = (state.log_slope - state.slope_mean[:, None]) / state.slope_scale[:, None]

        def given_standard(scale: Array) -> Array:
            likelihood = log_likelihood(state.slope_mean[:, None] + scale[:, None] * standard).sum(axis=1)
            return np.asarray(likelihood - 0.5 * (scale / PRIORS.slope_spread) ** 2)

        scale = slice_draw(given_standard, state.slope_scale, rng)  # its sign is free, as that of `standard` is
        state.log_slope = state.slope_mean[:, None] + scale[:, None] * standard
        state.slope_scale = np.abs(scale)
        state.location = at_centre / np.exp(state.log_slope)

    def _draw_common_slope(self, state: State, observed: Array, precision: Array, rng: np.random.Generator) -> None:
        """All slopes times a common factor, with predictors at the centre fixed, while tasks take up the difference.

        This moves along the ridge on which a steeper fall with length and effects that rise with it agree. The factor
        acts as a group, so that drawing it from the posterior along its orbit is valid (Liu and Sabatti 2000).
        """
        slope = np.exp(state.log_slope)
        mean = slope.mean(axis=1, keepdims=True)
        rest = observed - self._mean(state) - self._effects(state)
        change = (slope - mean)[:, self.cells.agent] * self.length
        shift = mean * self.cells.centred_length
        linear = -(precision * rest * change).sum(axis=1)
        linear -= (state.task_effect * shift).sum(axis=1) / state.task_scale**2
        square = (precision * change**2).sum(axis=1) + (shift**2).sum(axis=1) / state.task_scale**2
        distance, agents = (state.location**2).sum(axis=1), slope.shape[1]

        def log_density(log_factor: Array) -> Array:
            growth = np.expm1(log_factor)
            likelihood = growth * (linear - 0.5 * square * growth)
            location = -0.5 * distance * np.exp(-2 * log_factor) / PRIORS.location_scale**2 - agents * log_factor
            deviation = (state.slope_mean + log_factor - PRIORS.slope_location) / PRIORS.slope_location_scale
            return np.asarray(likelihood + location - 0.5 * deviation**2)

        log_factor = slice_draw(log_density, np.zeros(len(slope)), rng)
        state.log_slope = state.log_slope + log_factor[:, None]
        state.slope_mean = state.slope_mean + log_factor
        state.location = state.location * np.exp(-log_factor)[:, None]
        state.task_effect = state.task_effect + np.expm1(log_factor)[:, None] * shift

    def _draw_scales(self, state: State, observed: Array, precision: Array, rng: np.random.Generator) -> None:
        """Scales of families and tasks, with the sums of their effects and then with the standardised effects fixed."""
        self._divide_sums(state, rng)
        rest = observed - self._mean(state) - self._effects(state)
        family = self.cells.family[self.cells.task]
        for name, index in (("family", family), ("task", self.cells.task)):
            standard = getattr(state, f"{name}_effect") / getattr(state, f"{name}_scale")[:, None]
            partial = rest + getattr(state, f"{name}_effect")[:, index]
            scale = coefficient_draw(standard[:, index], partial, precision, PRIORS.effect_scale, rng)
            effect = standard * scale[:, None]
            rest = partial - effect[:, index]
            setattr(state, f"{name}_effect", effect)
            setattr(state, f"{name}_scale", np.abs(scale))

    def _divide_sums(self, state: State, rng: np.random.Generator) -> None:
        """Scales given the sum of family and task effect of every task, and then how each sum divides into the two."""
        total = state.task_effect + state.family_effect[:, self.cells.family]
        size = self.family_of_task.sum(axis=0)
        sums = total @ self.family_of_task
        within = (total**2).sum(axis=1) - (sums**2 / size).sum(axis=1)
        free = len(self.cells.tasks) - len(size)

        def log_density(log_family: Array, log_task: Array) -> Array:
            of_family, of_task = np.exp(2 * log_family), np.exp(2 * log_task)
            between = of_task[:, None] + size * of_family[:, None]
            likelihood = -0.5 * (np.log(between) + sums**2 / size / between).sum(axis=1)
            likelihood -= free * log_task + 0.5 * within / of_task
            return np.asarray(likelihood - 0.5 * (of_family + of_task) / PRIORS.effect_scale**2 + log_family + log_task)

        family, task = np.log(state.family_scale), np.log(state.task_scale)
        family = slice_draw(lambda values: log_density(values, task), family, rng)
        task = slice_draw(lambda values: log_density(family, values), task, rng)
        of_family, of_task = np.exp(2 * family)[:, None], np.exp(2 * task)[:, None]
        share = of_family / (of_task + size * of_family)
        noise = np.sqrt(share * of_task) * rng.standard_normal(sums.shape)
        state.family_effect = share * sums + noise
        state.task_effect = total - state.family_effect[:, self.cells.family]
        state.family_scale, state.task_scale = np.exp(family), np.exp(task)

    def _draw_cells(self, state: State, observed: Array, weight: Array, rng: np.random.Generator) -> None:
        """The scale of cells with their effects integrated out, then the effects, then scale and effects together."""
        mean = self._mean(state) + self._effects(state)
        squares, variance = (observed - mean) ** 2, 1 / weight

        def log_density(log_scale: Array) -> Array:
            scale = np.exp(log_scale)
            total = variance + scale[:, None] ** 2
            likelihood = -0.5 * (np.log(total) + squares / total).sum(axis=1)
            return np.asarray(likelihood - 0.5 * (scale / PRIORS.effect_scale) ** 2 + log_scale)

        scale = np.exp(slice_draw(log_density, np.log(state.cell_scale), rng))
        cell_precision = weight + scale[:, None] ** -2
        effect = weight * (observed - mean) / cell_precision
        effect += rng.standard_normal(effect.shape) / np.sqrt(cell_precision)
        state.predictor = mean + effect
        state.cell_scale = scale


def _log_slope_prior(log_slope: Array, state: State) -> Array:
    deviation = (log_slope - state.slope_mean[:, None]) / state.slope_scale[:, None]
    return np.asarray(-0.5 * deviation**2)


def _draw_slope_population(state: State, rng: np.random.Generator) -> None:
    """Mean and spread of the log slopes over agents."""
    agents = state.log_slope.shape[1]
    precision = agents / state.slope_scale**2 + PRIORS.slope_location_scale**-2
    weighted = state.log_slope.sum(axis=1) / state.slope_scale**2
    mean = (weighted + PRIORS.slope_location * PRIORS.slope_location_scale**-2) / precision
    state.slope_mean = mean + rng.standard_normal(mean.shape) / np.sqrt(precision)
    deviation = state.log_slope - state.slope_mean[:, None]
    state.slope_scale = scale_draw(deviation, state.slope_scale, PRIORS.slope_spread, rng)


def _indicator(index: NDArray[np.int64], count: int) -> Array:
    """Matrix (n, count) with a 1 in the column of each index."""
    out = np.zeros((len(index), count))
    out[np.arange(len(index)), index] = 1.0
    return out
