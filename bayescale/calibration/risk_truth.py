"""True mixing laws, rates and counts drawn from the prior of a risk posterior, for its calibration by simulation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bayescale.risk.difficulty import FACTOR, LOADING, LOG_COMMUNALITY, LOG_FACTOR, TRANSITIONS
from bayescale.risk.grid import STEP, X
from bayescale.risk.mixing import Mixing
from bayescale.risk.sampling.pooling import COMMON, MOST_COMMON

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What every simulation measures.

    Parameters
    ----------
    laws : tuple of Mixing
        Mixing laws with their prior weights; one of them is true in each simulation.
    requested : tuple of str or None
        Their names as in the call; None for the default laws.
    groups, problems, attempts : int
        Number of groups, of problems a group, and of attempts a problem.
    budgets : tuple of int
        Attempts at which ASR@N is ranked.
    crossed : bool
        Whether groups share their problems.
    """

    laws: tuple[Mixing, ...]
    requested: tuple[str, ...] | None
    groups: int
    problems: int
    attempts: int
    budgets: tuple[int, ...]
    crossed: bool = False


@dataclass(frozen=True, eq=False)
class Truth:
    """One draw from the prior.

    Parameters
    ----------
    law : int
        Index of the true mixing law.
    parameters : dict of str to ndarray
        Its parameters by group (group,).
    mass, zero : ndarray
        Its mass on the nodes (group, node) and at p = 0 (group,).
    rate : ndarray
        Rate of every problem (group, problem).
    successes : ndarray of int
        Successes of every problem (group, problem).
    loading : ndarray
        Loading of each group on the factor of difficulty (group,); 0 where groups share no problems.
    """

    law: int
    parameters: dict[str, Array]
    mass: Array
    zero: Array
    rate: Array
    successes: Index
    loading: Array


def true_draw(plan: Plan, rng: np.random.Generator) -> Truth:
    """Draw a mixing law, its parameters, rates and counts from the prior.

    Coordinates of groups have a common part, as in the prior of `pooling`. Rates follow the mass of the law on its
    nodes, and a piecewise linear density between them.

    Parameters
    ----------
    plan : Plan
        What is measured.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    Truth
        The draw.
    """
    place = int(rng.choice(len(plan.laws), p=[law.weight for law in plan.laws]))
    law = plan.laws[place]
    dims = len(law.coordinates)
    common = MOST_COMMON * rng.beta(*COMMON, dims) if plan.groups > 1 else np.zeros(dims)
    z = np.sqrt(common) * rng.standard_normal(dims) + np.sqrt(1 - common) * rng.standard_normal((plan.groups, dims))
    parameters = law.parameters(z)
    mass, zero = law.mass(parameters)
    cumulative = np.cumsum(np.column_stack([zero, mass]), axis=1)
    loading, rank = _true_ranks(plan, mass @ X + zero * X[0], rng)
    turn = rank * cumulative[:, -1:]
    node = np.stack([np.searchsorted(of_group, at) for of_group, at in zip(cumulative, turn, strict=True)])
    x = np.append(-np.inf, X)[np.minimum(node, len(X))] + STEP * (rng.random(turn.shape) + rng.random(turn.shape) - 1)
    rate = np.exp(x)
    successes = rng.binomial(plan.attempts, -np.expm1(-rate))
    return Truth(place, parameters, mass, zero, rate, successes, loading)


def _true_ranks(plan: Plan, level: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Loadings of groups (group,), and the rank of each problem's rate in its group from 0 to 1 (group, problem)."""
    shape = plan.groups, plan.problems
    if not plan.crossed:
        return np.zeros(plan.groups), rng.random(shape)
    loading = LOADING[rng.choice(len(LOADING), plan.groups, p=np.exp(LOG_COMMUNALITY))]
    transition = TRANSITIONS[int(rng.integers(len(TRANSITIONS))) if plan.groups > 2 else 0]
    factor = np.empty(shape, dtype=np.int64)
    of_problem = rng.choice(len(FACTOR), plan.problems, p=np.exp(LOG_FACTOR))
    for group in np.argsort(level):
        factor[group] = of_problem
        cumulative = np.cumsum(transition[of_problem], axis=1)
        of_problem = np.minimum((cumulative < rng.random((plan.problems, 1))).sum(axis=1), len(FACTOR) - 1)
    score = loading[:, None] * FACTOR[factor] + np.sqrt(1 - loading[:, None] ** 2) * rng.standard_normal(shape)
    return loading, ndtr(score)
