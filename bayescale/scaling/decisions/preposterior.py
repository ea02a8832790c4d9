"""What a run that is not yet made would teach: simulated outcomes, and the intervals that each would leave.

This is pre-posterior analysis (Raiffa and Schlaifer 1961, Applied Statistical Decision Theory) from draws alone. An
outcome y of a run is simulated under one draw, the truth. By Bayes' rule every other draw is weighted by p(y | draw),
the Student-t density of the measurement in it, and weighted quantiles of the draws at a target are the interval that y
would leave. Averaged over outcomes this is what the run can be expected to teach, if the model is right. The truth has
no weight, as it would favour itself.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.scaling.model.noise import log_student
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.predictive import predictive
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling_laws.link import Scale

type Array = NDArray[np.float64]

MOST_DRAWS = 4000  # of the posterior, taken evenly, that are weighted
OUTCOMES = 200  # simulated for a candidate
BLOCKS = 20  # of consecutive draws, left out in turn for the Monte Carlo error
LEVELS = 128  # at which a target's distribution is evaluated: as many at even shares as at even distances
NORMAL = 1e6  # degrees of freedom above which a Student-t counts as a normal
FARTHEST = 1e6  # on the law's scale: a draw of a new family may be infinite
LEAST = 1e-12  # a share of the draws that counts as zero


@dataclass(frozen=True, eq=False)
class CandidateDraws:
    """Every draw at candidate runs and at targets, on the law's scale (log response, for losses).

    Parameters
    ----------
    law : ndarray
        Law and discrepancy at the targets (draw, target).
    centre, scale, df : ndarray
        The Student-t of one measurement of each candidate (draw, candidate). Everything in one draw is of one function.
    response_scale : Scale
        The law's scale.
    seed : int
        Seed of the simulated outcomes.
    """

    law: Array
    centre: Array
    scale: Array
    df: Array
    response_scale: Scale
    seed: int


@dataclass(frozen=True, eq=False)
class Intervals:
    """Ends of the targets' intervals on the law's scale.

    Parameters
    ----------
    lower, upper : ndarray
        Ends (1 + block, ..., target): of all draws, then without each block of them in turn.
    """

    lower: Array
    upper: Array

    @property
    def width(self) -> Array:
        """Widths (1 + block, ..., target)."""
        return self.upper - self.lower


@dataclass(frozen=True, eq=False)
class UpdatedIntervals:
    """The targets' intervals after each simulated outcome of a candidate.

    Parameters
    ----------
    intervals : Intervals
        Ends (1 + block, outcome, target).
    effective_draws : ndarray
        How many equally weighted draws the weights are worth (outcome,).
    """

    intervals: Intervals
    effective_draws: Array


def candidate_draws(laws: FittedLaws, candidates: object, targets: object) -> CandidateDraws:
    """Evaluate every draw at candidates and targets; of a stack the draws of its laws by weight.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    candidates, targets : object
        What `forecast` takes.

    Returns
    -------
    CandidateDraws
        The draws.

    Raises
    ------
    InputError
        If the laws of a stack are on different scales.
    """
    scales = {law.scale for law in laws.laws.values()}
    if len(scales) > 1:
        names = ", ".join(sorted(scale.name for scale in scales))
        raise InputError(f"the laws of this stack are on different scales ({names}): plan with one of its members")
    mixture = laws.mix(lambda posterior: _law_draws(posterior, candidates, targets))
    law, centre, scale, df = (_thinned(mixture[name].to_numpy()) for name in ("law", "centre", "scale", "df"))
    return CandidateDraws(law, centre, scale, df, scales.pop(), laws.predictive_seed)


def _law_draws(posterior: Posterior, candidates: object, targets: object) -> xr.Dataset:
    """One law's draws. Candidates and targets share a draw's discrepancy and new family, which the seed fixes."""
    functions, seed = posterior.functions, posterior.predictive_seed
    unit = posterior.design.unit
    runs, points = (read_targets(posterior.design, table) for table in (candidates, targets))
    with np.errstate(over="ignore"):
        run = predictive(functions, runs, seed)
        law = mean_response(functions, points.log_inputs, points.family, seed)
    values = {"centre": run.centre * unit, "scale": run.scale * unit, "df": np.minimum(run.df, NORMAL)}
    variables = {name: (("chain", "draw", "candidate"), value) for name, value in values.items()}
    return xr.Dataset({"law": (("chain", "draw", "target"), law * unit), **variables}).clip(-FARTHEST, FARTHEST)


def _thinned(values: Array) -> Array:
    """At most MOST_DRAWS evenly taken draws of values (chain, draw, point): (draw, point)."""
    flat = values.reshape(-1, values.shape[-1])
    count = min(len(flat), MOST_DRAWS)
    return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])


def current_intervals(draws: CandidateDraws, prob: float) -> Intervals:
    """Compute the targets' intervals before any candidate is run.

    Parameters
    ----------
    draws : CandidateDraws
        The draws.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Intervals
        Ends (1 + block, target).
    """
    intervals = weighted_intervals(np.ones((1, len(draws.law))), draws.law, prob)
    return Intervals(intervals.lower[:, 0], intervals.upper[:, 0])


def updated_intervals(draws: CandidateDraws, candidate: int, prob: float, repeats: int) -> UpdatedIntervals:
    """Compute the targets' intervals after each simulated outcome of a candidate.

    Parameters
    ----------
    draws : CandidateDraws
        The draws.
    candidate : int
        Index of the candidate.
    prob : float
        Probability of the intervals.
    repeats : int
        How many runs of the candidate are made.

    Returns
    -------
    UpdatedIntervals
        The intervals, and the effective draws behind them.
    """
    truth, values = simulated_outcomes(draws, candidate, repeats)
    weights = outcome_weights(draws, candidate, values)
    weights[np.arange(len(truth)), truth] = 0.0
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), LEAST)
    effective_draws = 1 / np.maximum((weights**2).sum(axis=1), LEAST)
    return UpdatedIntervals(weighted_intervals(weights, draws.law, prob), effective_draws)


def simulated_outcomes(draws: CandidateDraws, candidate: int, repeats: int) -> tuple[NDArray[np.int64], Array]:
    """Simulate measurements of a candidate.

    The draws that they are simulated under are spread evenly over the candidate's predictive distribution. The noise is
    the same for every candidate, so that candidates do not differ by chance.

    Parameters
    ----------
    draws : CandidateDraws
        The draws.
    candidate : int
        Index of the candidate.
    repeats : int
        Measurements of each outcome.

    Returns
    -------
    truth : ndarray of int
        The draw behind each outcome (outcome,).
    values : ndarray
        Measurements (outcome, repeat).
    """
    order = np.argsort(draws.centre[:, candidate], kind="stable")
    count = min(OUTCOMES, len(order))
    truth = order[((np.arange(count) + 0.5) * len(order) / count).astype(int)]
    rng = np.random.default_rng(np.random.SeedSequence([draws.seed, 6]))
    centre, scale, df = (x[truth, candidate][:, None] for x in (draws.centre, draws.scale, draws.df))
    normal = rng.standard_normal((count, repeats))
    return truth, np.asarray(centre + scale * normal / np.sqrt(rng.chisquare(df, (count, repeats)) / df))


def outcome_weights(draws: CandidateDraws, candidate: int, values: Array) -> Array:
    """Compute the weight of every draw given measurements of a candidate.

    Parameters
    ----------
    draws : CandidateDraws
        The draws.
    candidate : int
        Index of the candidate.
    values : ndarray
        Measurements (outcome, repeat).

    Returns
    -------
    ndarray
        Weights (outcome, draw), the largest of an outcome being 1.
    """
    centre, scale, df = (x[:, candidate] for x in (draws.centre, draws.scale, draws.df))
    log_densities = [log_student((value[:, None] - centre) / scale, df) - np.log(scale) for value in values.T]
    log_weight = np.sum(log_densities, axis=0)
    return np.asarray(np.exp(log_weight - log_weight.max(axis=1, keepdims=True)))


def weighted_intervals(weights: Array, law: Array, prob: float) -> Intervals:
    """Compute equal-tailed intervals of weighted draws.

    Parameters
    ----------
    weights : ndarray
        Sets of weights (outcome, draw).
    law : ndarray
        Draws (draw, target).
    prob : float
        Probability of the intervals.

    Returns
    -------
    Intervals
        Ends (1 + block, outcome, target).
    """
    ends = [_ends(weights, target, prob) for target in law.T]
    return Intervals(*(np.stack(side, axis=-1) for side in zip(*ends, strict=True)))


def _ends(weights: Array, values: Array, prob: float) -> tuple[Array, Array]:
    """Compute the ends of one target's intervals, each (1 + block, outcome)."""
    even = np.linspace(0, 1, LEVELS)
    grid = np.sort(np.append(np.quantile(values, even), values.min() + even * np.ptp(values)))
    below = (values[:, None] <= grid).astype(float)
    edges = np.linspace(0, len(values), BLOCKS + 1).astype(int)
    parts = np.stack([weights[:, i:j] @ below[i:j] for i, j in pairwise(edges)])
    whole = parts.sum(axis=0)
    reached = np.concatenate([whole[None], whole - parts])
    reached /= np.maximum(reached[..., -1:], LEAST)
    return _quantile(reached, grid, (1 - prob) / 2), _quantile(reached, grid, (1 + prob) / 2)


def _quantile(reached: Array, grid: Array, level: float) -> Array:
    """Where distributions, given as the shares at or below each value of a grid (…, grid), reach a level."""
    place = np.clip((reached < level).sum(axis=-1), 1, len(grid) - 1)
    after = np.take_along_axis(reached, place[..., None], axis=-1)[..., 0]
    before = np.take_along_axis(reached, place[..., None] - 1, axis=-1)[..., 0]
    share = np.clip((level - before) / np.maximum(after - before, LEAST), 0, 1)
    return np.asarray(grid[place - 1] + share * (grid[place] - grid[place - 1]))
