"""What a run not yet made would teach: outcomes it may show, and the interval that each would leave, by re-weighting.

Pre-posterior analysis (Raiffa and Schlaifer 1961, Applied Statistical Decision Theory) from draws alone. An outcome y
of a run is simulated under one draw, the truth; by Bayes' rule every other draw then counts p(y | draw), the Student-t
of the run's measurement in it; weighted quantiles of what the draws say of a target are the interval that y would
leave. Averaged over outcomes this is what a run promises before it is made, if the model is right. The truth gets no
weight: it would vouch for itself.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.forecast import predictive
from bayescale.scaling.predict.log_likelihood import log_student
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling_laws.expression import Scale

type Array = NDArray[np.float64]

MOST_DRAWS = 4000  # of the posterior, taken evenly: what the weights are put on
OUTCOMES = 200  # simulated for a candidate
BLOCKS = 20  # of consecutive draws, left out in turn for the Monte Carlo error
LEVELS = 128  # where a target's distribution is read off: as many at even shares as at even distances
NORMAL = 1e6  # degrees of freedom from which on a Student-t is taken for a normal
FARTHEST = 1e6  # on the law's scale: a draw of a new family may know no bounds
LEAST = 1e-12  # a share of the draws that is none


@dataclass(frozen=True, eq=False)
class Prospect:
    """What every draw says of runs that may be made and of targets, on the law's scale (log response, for losses).

    `law` (draw, target) is law and discrepancy at the targets; `centre`, `scale` and `df` (draw, candidate) are the
    Student-t of one measurement of a candidate. All that one draw says belongs to one function. `units` is the law's
    scale, `seed` what outcomes are drawn by.
    """

    law: Array
    centre: Array
    scale: Array
    df: Array
    units: Scale
    seed: int


@dataclass(frozen=True, eq=False)
class Interval:
    """Ends of the targets' intervals on the law's scale, (1 + block, …, target): of all draws, and then without each
    block of them in turn."""

    lower: Array
    upper: Array

    @property
    def width(self) -> Array:
        return self.upper - self.lower


@dataclass(frozen=True, eq=False)
class Learnt:
    """The targets' intervals after each outcome of a candidate (1 + block, outcome, target), and how many equal draws
    the weighted ones are worth (outcome,)."""

    interval: Interval
    effective: Array


def prospect(laws: FittedLaws, candidates: object, targets: object) -> Prospect:
    """Ask every draw, of a stack those of its laws by weight. Raises InputError for a stack of several scales."""
    units = {law.scale for law in laws.laws.values()}
    if len(units) > 1:
        names = ", ".join(sorted(one.name for one in units))
        raise InputError(f"the laws of this stack are on different scales ({names}): plan with one of its members")
    said = laws.mix(lambda posterior: _said(posterior, candidates, targets))
    law, centre, scale, df = (_thinned(said[name].to_numpy()) for name in ("law", "centre", "scale", "df"))
    return Prospect(law, centre, scale, df, units.pop(), laws.predictive_seed)


def _said(posterior: Posterior, candidates: object, targets: object) -> xr.Dataset:
    """One law's draws. Candidates and targets share a draw's discrepancy and new family, which the seed fixes."""
    functions, seed = posterior.functions, posterior.predictive_seed
    unit = functions.design.unit
    runs, asked = (read_targets(functions.design, given) for given in (candidates, targets))
    with np.errstate(over="ignore"):
        run = predictive(functions, runs, seed)
        law = mean_response(functions, asked.log_inputs, asked.family, seed)
    values = {"centre": run.centre * unit, "scale": run.scale * unit, "df": np.minimum(run.df, NORMAL)}
    found = {name: (("chain", "draw", "candidate"), value) for name, value in values.items()}
    return xr.Dataset({"law": (("chain", "draw", "target"), law * unit), **found}).clip(-FARTHEST, FARTHEST)


def _thinned(values: Array) -> Array:
    """At most MOST_DRAWS evenly taken draws of values (chain, draw, point): (draw, point)."""
    flat = values.reshape(-1, values.shape[-1])
    count = min(len(flat), MOST_DRAWS)
    return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])


def today(asked: Prospect, prob: float) -> Interval:
    """The targets' intervals as they are, (1 + block, target)."""
    found = intervals(np.ones((1, len(asked.law))), asked.law, prob)
    return Interval(found.lower[:, 0], found.upper[:, 0])


def learnt(asked: Prospect, candidate: int, prob: float, repeats: int) -> Learnt:
    """What `repeats` runs of one candidate would teach of the targets."""
    truth, values = outcomes(asked, candidate, repeats)
    weights = weights_given(asked, candidate, values)
    weights[np.arange(len(truth)), truth] = 0.0
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), LEAST)
    effective = 1 / np.maximum((weights**2).sum(axis=1), LEAST)
    return Learnt(intervals(weights, asked.law, prob), effective)


def outcomes(asked: Prospect, candidate: int, repeats: int) -> tuple[NDArray[np.int64], Array]:
    """Simulated measurements of a candidate: the draw behind each (outcome,), and the values (outcome, repeat).

    These draws are spread evenly over what is expected of the candidate; the noise is the same for every candidate, so
    that candidates differ by what they are and not by luck.
    """
    order = np.argsort(asked.centre[:, candidate], kind="stable")
    count = min(OUTCOMES, len(order))
    truth = order[((np.arange(count) + 0.5) * len(order) / count).astype(int)]
    rng = np.random.default_rng(np.random.SeedSequence([asked.seed, 6]))
    centre, scale, df = (x[truth, candidate][:, None] for x in (asked.centre, asked.scale, asked.df))
    normal = rng.standard_normal((count, repeats))
    return truth, np.asarray(centre + scale * normal / np.sqrt(rng.chisquare(df, (count, repeats)) / df))


def weights_given(asked: Prospect, candidate: int, values: Array) -> Array:
    """How much every draw counts once a candidate has shown `values` (outcome, repeat): (outcome, draw), at most 1."""
    centre, scale, df = (x[:, candidate] for x in (asked.centre, asked.scale, asked.df))
    each = (log_student((value[:, None] - centre) / scale, df) - np.log(scale) for value in values.T)
    log_weight = np.sum([*each], axis=0)
    return np.asarray(np.exp(log_weight - log_weight.max(axis=1, keepdims=True)))


def intervals(weights: Array, law: Array, prob: float) -> Interval:
    """Equal-tailed intervals of draws (draw, target) under several sets of weights (outcome, draw)."""
    ends = [_ends(weights, target, prob) for target in law.T]
    return Interval(*(np.stack(side, axis=-1) for side in zip(*ends, strict=True)))


def _ends(weights: Array, values: Array, prob: float) -> tuple[Array, Array]:
    """Ends of one target's intervals, each (1 + block, outcome)."""
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
