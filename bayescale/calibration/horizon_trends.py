"""Simulation-based calibration of the trend of horizons over release dates, at horizons with known errors.

A line is another prior of the agents' horizons than that of a fit, which is independent and wide. Horizons are
therefore not fitted here, but observed with normal errors.
"""

import numpy as np
from numpy.typing import NDArray

from bayescale.calibration.horizons import DRAWS, LEAST_SIMULATIONS
from bayescale.calibration.result import Calibration, SimulationResult, calibration, rank
from bayescale.calibration.simulations import require_counts
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.horizon.trend import (
    CHANGE_PROBABILITY,
    CHANGE_SCALE,
    LEVEL_SCALE,
    SCATTER_SCALE,
    SLOPE_SCALE,
    Likelihood,
    draw_trend,
)

type Array = NDArray[np.float64]

YEARS = 4.0  # between the first and the last release


@checked
def check_trend_calibration(
    *,
    n_agents: int = 8,
    error: float = 1.0,
    simulations: int = 500,
    random_seed: int | None = None,
) -> Calibration:
    """Simulate trends from their prior and horizons with known errors, and rank the true values among draws.

    Parameters
    ----------
    n_agents : int, default 8
        Number of agents, released at random times within four years.
    error : float, default 1.0
        Standard deviation of the errors of log2 horizons, in doublings.
    simulations : int, default 500
        Number of simulations.
    random_seed : int, optional
        Seed.

    Returns
    -------
    Calibration
        Coverage, ranks and tests of uniformity: the line in the middle and at the end of the releases and a year later,
        the slope at the end, the scatter of agents, and the horizon of an agent that is released a year later.

    Raises
    ------
    InputError
        If an argument cannot be used.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788.
    """
    require_counts({"n_agents": (n_agents, 3), "simulations": (simulations, LEAST_SIMULATIONS)})
    seed = read_seed(random_seed)
    results = [simulate_trend(n_agents, error, seed, index) for index in range(simulations)]
    of = f"trends of {n_agents} agents whose log2 horizons have errors of {error:g} doublings"
    return calibration(of, results, DRAWS, {"agent": np.arange(n_agents)}, seed)


def simulate_trend(agents: int, error: float, random_seed: int, index: int) -> SimulationResult:
    """Simulate one trend, fit it, and rank the true values.

    Parameters
    ----------
    agents : int
        Number of agents.
    error : float
        Standard deviation of errors, in doublings.
    random_seed, index : int
        Seed of the calibration, and number of the simulation.

    Returns
    -------
    SimulationResult
        The ranks.
    """
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 1, index]))
    years = np.sort(rng.uniform(-YEARS / 2, YEARS / 2, agents))
    first, last = years.min(), years.max()
    centre = 5.0
    level, slope = rng.normal(centre, LEVEL_SCALE), rng.normal(0.0, SLOPE_SCALE)
    changes = np.array([rng.normal(0.0, CHANGE_SCALE) if rng.random() < CHANGE_PROBABILITY else 0.0])
    change_at = np.array([rng.uniform(first, last)])
    scatter = abs(rng.normal(0.0, SCATTER_SCALE))
    next_change = last + rng.exponential(-(last - first) / np.log(1 - CHANGE_PROBABILITY), 1)
    changes, change_at = np.append(changes, rng.normal(0.0, CHANGE_SCALE)), np.append(change_at, next_change)

    def line(at: Array) -> Array:
        return np.asarray(level + slope * at + (changes * np.maximum(at[:, None] - change_at, 0.0)).sum(axis=1))

    observed = line(years) + scatter * rng.standard_normal(agents) + error * rng.standard_normal(agents)
    precision = np.eye(agents) / error**2
    draws = draw_trend(Likelihood(precision, precision @ observed), years, centre, DRAWS, rng)
    at = np.array([0.0, last, last + 1.0])
    names = ("line_middle", "line_end", "line_next_year")
    drawn = dict(zip(names, draws.line(at).T, strict=True))
    actual = dict(zip(names, line(at), strict=True))
    drawn |= {"slope_end": draws.slope_at(last), "scatter": draws.scatter}
    actual |= {"slope_end": slope + changes[0], "scatter": scatter}
    drawn["agent_next_year"] = drawn["line_next_year"] + draws.scatter * rng.standard_normal(DRAWS)
    actual["agent_next_year"] = actual["line_next_year"] + scatter * rng.standard_normal()
    ranks = {name: rank(np.asarray(actual[name]), drawn[name], rng) for name in drawn}
    return SimulationResult(ranks, 1, True, "", False, {"change": draws.change_probability})
