"""Log likelihood of the training runs: stored with a posterior of few runs, evaluated from the draws of many.

Leave-one-out and the influence of runs need the log density of each run in each draw. Of 5,000 runs and 4,000 draws
this is 160 MB, nearly all of a posterior's file, although it follows from draws and data. So a posterior of many runs
stores the sum over runs alone, and single runs are evaluated block by block.
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.log_likelihood import log_likelihood

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

GROUP, PER_RUN, TOTAL = "log_likelihood", "log_likelihood", "total"
#: Values (chain · draw · run) that are stored: 64 MB, 2,000 runs of 4,000 draws.
MOST_STORED = 8_000_000
#: Values (chain · draw · row) that are evaluated together.
BLOCK_VALUES = 1_000_000


def to_store(functions: Functions) -> dict[str, tuple[tuple[str, ...], Array]]:
    """Return the variables of a posterior's group `log_likelihood`.

    Parameters
    ----------
    functions : Functions
        Posterior draws.

    Returns
    -------
    dict of str to (dimensions, ndarray)
        `log_likelihood` (chain, draw, run) or, of many runs, `total` (chain, draw).
    """
    design, n_draws = functions.design, int(np.prod(functions.draws))
    if n_draws * len(design.runs) <= MOST_STORED:
        return {PER_RUN: (("chain", "draw", "run"), log_likelihood(functions))}
    total = np.zeros(functions.draws)
    for runs in run_blocks(design, n_draws):
        total += log_likelihood(of_runs(functions, runs)).sum(axis=-1)
    return {TOTAL: (("chain", "draw"), total)}


def run_log_likelihood(stored: xr.Dataset, functions: Functions, runs: Index) -> Array:
    """Return the log density of runs, the rows of a run together.

    Parameters
    ----------
    stored : Dataset
        Group `log_likelihood` of the posterior.
    functions : Functions
        Posterior draws.
    runs : ndarray of int
        Indices of runs in the design, ascending.

    Returns
    -------
    ndarray
        Log densities (chain, draw, run): as stored or, for a posterior of many runs, evaluated from its draws.
    """
    if PER_RUN in stored:
        return np.asarray(stored[PER_RUN].to_numpy()[..., runs])
    return log_likelihood(of_runs(functions, runs))


def run_blocks(design: Design, n_draws: int) -> list[Index]:
    """Cut the runs into blocks whose rows are evaluated together.

    Parameters
    ----------
    design : Design
        The training data.
    n_draws : int
        Number of draws, over all chains.

    Returns
    -------
    list of ndarray
        Indices of runs, in order.
    """
    rows = np.cumsum(np.bincount(design.run, minlength=len(design.runs)))
    block = (rows - 1) * n_draws // BLOCK_VALUES
    return np.split(np.arange(len(rows)), np.flatnonzero(np.diff(block)) + 1)


def of_runs(functions: Functions, runs: Index) -> Functions:
    """Restrict the training rows to some runs.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    runs : ndarray of int
        Indices of runs, ascending.

    Returns
    -------
    Functions
        The same draws with the rows of these runs.
    """
    design = functions.design
    if len(runs) == len(design.runs):
        return functions
    rows = rows_of_runs(design, runs)
    part = replace(
        design,
        runs=tuple(design.runs[i] for i in runs),
        row=design.row[rows],
        scaled_response=design.scaled_response[rows],
        log_inputs=design.log_inputs[rows],
        family=design.family[rows],
        run=np.searchsorted(runs, design.run[rows]),
    )
    return replace(functions, design=part)


def rows_of_runs(design: Design, runs: Index) -> Index:
    """Find the training rows of some runs.

    Parameters
    ----------
    design : Design
        The training data.
    runs : ndarray of int
        Indices of runs.

    Returns
    -------
    ndarray of int
        Indices of rows, in the design's order.
    """
    return np.flatnonzero(np.isin(design.run, runs))
