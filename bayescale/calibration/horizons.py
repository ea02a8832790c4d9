"""Simulation-based calibration of the horizon model: horizons and success from simulated tables of agents and tasks.

Parameters are drawn from the priors of `horizon/priors.py` and counts from the model. Fits draw as `fit_horizon` does.
The trend over release dates has a prior of its own and is calibrated apart, in `calibration/horizon_trends.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bayescale.calibration.result import Calibration, SimulationResult, calibration, rank
from bayescale.calibration.simulations import require_counts, run_simulations
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.horizon.cells import Cells
from bayescale.horizon.posterior import logit_of_mean, mean_success
from bayescale.horizon.priors import PRIORS
from bayescale.horizon.sampler import gate_failures, sample

type Array = NDArray[np.float64]

DRAWS = 100  # of each posterior that a true value is ranked among
LEAST_SIMULATIONS = 20
LONGEST = 10.0  # log2 of minutes of the longest task; the shortest takes one minute
LEVELS = (0.5, 0.8)
AT_MINUTES = 60.0  # human time at which success is ranked
FIT_DRAWS = 600  # of each chain to begin with


@dataclass(frozen=True)
class Plan:
    """What every simulation measures.

    Parameters
    ----------
    agents, families, per_family, attempts : int
        Number of agents, of task families, of tasks a family, and of attempts of each agent at each task.
    """

    agents: int
    families: int
    per_family: int
    attempts: int


@checked
def check_horizon_calibration(
    *,
    n_agents: int = 4,
    n_families: int = 10,
    n_tasks: int = 2,
    n_attempts: int = 4,
    simulations: int = 100,
    random_seed: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """Simulate agents and tasks from the priors of the horizon model, fit them, and rank the true values among draws.

    Parameters
    ----------
    n_agents, n_families, n_tasks, n_attempts : int, default 4, 10, 2 and 4
        Number of agents, of families of tasks, of tasks a family, and of attempts of each agent at each task. Human
        times lie evenly in log2 from a minute to 17 hours.
    simulations : int, default 100
        Number of simulations.
    random_seed : int, optional
        Seed.
    cluster : str, optional
        None: a thread for every core of this machine; "local", or the address of a Dask scheduler.
    progress : callable, optional
        Called with a line after each simulation; None is silent.

    Returns
    -------
    Calibration
        Coverage, ranks and tests of uniformity: horizons at 50 and 80 %, success at tasks of an hour, slopes and their
        population, scales of effects.

    Raises
    ------
    InputError
        If an argument cannot be used.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788.
    """
    require_counts(
        {
            "n_agents": (n_agents, 1),
            "n_families": (n_families, 2),
            "n_tasks": (n_tasks, 2),
            "n_attempts": (n_attempts, 1),
            "simulations": (simulations, LEAST_SIMULATIONS),
        }
    )
    plan, seed = Plan(n_agents, n_families, n_tasks, n_attempts), read_seed(random_seed)
    jobs = [(plan, seed, index) for index in range(simulations)]
    results = run_simulations(simulate, jobs, progress, cluster)
    tasks = n_families * n_tasks
    of = f"horizons of {n_agents} agents at {tasks} tasks of {n_families} families, {n_attempts} attempts each"
    return calibration(of, results, DRAWS, {"agent": np.arange(n_agents)}, seed)


def simulate(plan: Plan, random_seed: int, index: int) -> SimulationResult:
    """Simulate counts from a draw of the priors, fit them, and rank the true values.

    Parameters
    ----------
    plan : Plan
        What is measured.
    random_seed, index : int
        Seed of the calibration, and number of the simulation.

    Returns
    -------
    SimulationResult
        The ranks.
    """
    rng = np.random.default_rng(np.random.SeedSequence([random_seed, 0, index]))
    truth, cells = true_table(plan, rng)
    variables = sample(cells, FIT_DRAWS, int(rng.integers(2**31))).variables
    failures = gate_failures(variables)
    draws = {name: _thinned(np.asarray(values)) for name, (_, values) in variables.items()}
    actual, drawn = quantities({name: value[None] for name, value in truth.items()}), quantities(draws)
    ranks = {name: rank(actual[name][0], drawn[name], rng) for name in drawn}
    facts = {"successes": float(cells.successes.sum() / cells.attempts.sum())}
    return SimulationResult(ranks, 1, not failures, ", ".join(failures), bool(failures), facts)


def true_table(plan: Plan, rng: np.random.Generator) -> tuple[dict[str, Array], Cells]:
    """Draw parameters from the priors, and counts from the model.

    Parameters
    ----------
    plan : Plan
        What is measured.
    rng : Generator
        Source of randomness.

    Returns
    -------
    truth : dict of str to ndarray
        Parameters by their names in a posterior.
    cells : Cells
        The counts.
    """
    tasks = plan.families * plan.per_family
    minutes = np.exp2(rng.permutation(np.linspace(0.0, LONGEST, tasks)))
    family = np.repeat(np.arange(plan.families), plan.per_family)
    scales = {
        f"{name}_scale": np.abs(np.array(rng.normal(0.0, PRIORS.effect_scale))) for name in ("family", "task", "cell")
    }
    slope_mean = rng.normal(PRIORS.slope_location, PRIORS.slope_location_scale)
    slope_scale = abs(rng.normal(0.0, PRIORS.slope_spread))
    log_slope = rng.normal(slope_mean, slope_scale, plan.agents)
    location = rng.normal(0.0, PRIORS.location_scale, plan.agents)
    agent, task = (places.ravel() for places in np.indices((plan.agents, tasks)))
    cells = Cells(
        agent_column="model",
        agents=tuple(f"agent {place}" for place in range(plan.agents)),
        families=tuple(f"family {place}" for place in range(plan.families)),
        tasks=tuple(f"task {place}" for place in range(tasks)),
        released=np.full(plan.agents, np.nan),
        minutes=minutes,
        family=family,
        agent=agent,
        task=task,
        attempts=np.full(len(agent), plan.attempts),
        successes=np.zeros(len(agent), dtype=np.int64),
    )
    effect = rng.normal(0.0, scales["family_scale"], plan.families)[family]
    effect += rng.normal(0.0, scales["task_scale"], tasks)
    logit = np.exp(log_slope)[agent] * (location[agent] - cells.centred_length[task]) + effect[task]
    logit += rng.normal(0.0, scales["cell_scale"], len(agent))
    cells.successes[:] = rng.binomial(plan.attempts, expit(logit))
    truth = {"log2_horizon": location + cells.centre, "log_slope": log_slope, **scales}
    return truth | {"slope_mean": np.array(slope_mean), "slope_scale": np.array(slope_scale)}, cells


def quantities(draws: dict[str, Array]) -> dict[str, Array]:
    """Return the quantities that are ranked, from draws of parameters.

    Parameters
    ----------
    draws : dict of str to ndarray
        Draws (draw, ...) by their names in a posterior.

    Returns
    -------
    dict of str to ndarray
        Draws (draw,) or (draw, agent).
    """
    slope, location = np.exp(draws["log_slope"]), draws["log2_horizon"]
    spread = np.sqrt(sum(draws[f"{name}_scale"] ** 2 for name in ("family", "task", "cell")))
    horizons = {
        f"log2_horizon_{100 * level:.0f}": location - logit_of_mean(level, spread)[:, None] / slope for level in LEVELS
    }
    success = mean_success(slope * (location - np.log2(AT_MINUTES)), spread[:, None])
    names = ("slope_mean", "slope_scale", "family_scale", "task_scale", "cell_scale")
    return {**horizons, "success_60": success, "log_slope": draws["log_slope"], **{n: draws[n] for n in names}}


def _thinned(values: Array) -> Array:
    """DRAWS draws, evenly from those of all chains: (draw, ...)."""
    joined = values.reshape(-1, *values.shape[2:])
    return np.asarray(joined[np.linspace(0, len(joined) - 1, DRAWS).round().astype(int)])
