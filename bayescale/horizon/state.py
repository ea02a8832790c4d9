"""Values of all variables of the horizon model in each chain, and where chains start."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.horizon.cells import Cells
from bayescale.horizon.priors import PRIORS

type Array = NDArray[np.float64]


@dataclass(eq=False)
class State:
    """Values of all variables in each chain; `draw` changes them in place.

    Attributes
    ----------
    location : ndarray, shape (n_chains, n_agents)
        log2 of the median horizon over the centre of the task lengths.
    log_slope : ndarray, shape (n_chains, n_agents)
        log of the fall of the logit of success per doubling of the task length.
    family_effect, task_effect : ndarray, shape (n_chains, n_families), (n_chains, n_tasks)
        Effects on the logit of success.
    family_scale, task_scale, cell_scale : ndarray, shape (n_chains,)
        Standard deviations of the effects of families, tasks and cells.
    slope_mean, slope_scale : ndarray, shape (n_chains,)
        Mean and standard deviation of `log_slope` over agents.
    predictor : ndarray, shape (n_chains, n_cells)
        Logit of success in each cell.
    """

    location: Array
    log_slope: Array
    family_effect: Array
    task_effect: Array
    family_scale: Array
    task_scale: Array
    cell_scale: Array
    slope_mean: Array
    slope_scale: Array
    predictor: Array


def initial_state(cells: Cells, chains: int, rng: np.random.Generator) -> State:
    """Draw starting values, dispersed for each chain.

    Parameters
    ----------
    cells : Cells
        The counts.
    chains : int
        Number of chains.
    rng : Generator
        Source of randomness.

    Returns
    -------
    State
        The values.
    """
    agents, families, tasks = len(cells.agents), len(cells.families), len(cells.tasks)
    logit = np.log((cells.successes + 0.5) / (cells.attempts - cells.successes + 0.5))
    return State(
        location=rng.normal(0.0, 2.0, (chains, agents)),
        log_slope=rng.normal(PRIORS.slope_location, 0.5, (chains, agents)),
        family_effect=rng.normal(0.0, 0.5, (chains, families)),
        task_effect=rng.normal(0.0, 0.5, (chains, tasks)),
        family_scale=np.exp(rng.normal(0.0, 0.5, chains)),
        task_scale=np.exp(rng.normal(0.0, 0.5, chains)),
        cell_scale=np.exp(rng.normal(0.0, 0.5, chains)),
        slope_mean=rng.normal(PRIORS.slope_location, 0.3, chains),
        slope_scale=np.exp(rng.normal(-1.0, 0.5, chains)),
        predictor=logit + rng.normal(0.0, 0.5, (chains, len(logit))),
    )
