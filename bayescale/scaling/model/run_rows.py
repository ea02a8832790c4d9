"""Rows of runs, and sums over them, for PyTensor (in the model) and NumPy (over draws)."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class RunRows:
    """Which rows belong to which run.

    Attributes
    ----------
    run : array of int, shape (obs,)
        Index of each row's run. Rows of a run are in the order of its course.
    step : array, shape (obs,)
        Distance of each row from the row before it in its run, on the axes of the inputs (in e-folds where these are
        logarithms); infinite, or very large, for the first row of a run.
    count : int
        Number of runs.
    """

    run: Any
    step: Any
    count: Any


def sum_by_run(values: Any, rows: RunRows, xp: Any) -> Any:
    """Sum values over the rows of each run.

    Parameters
    ----------
    values : array, shape (..., obs)
        What to sum; for PyTensor a vector.
    rows : RunRows
        Runs of the rows.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    array, shape (..., run)
        Sums.
    """
    if hasattr(xp, "sum_by_run"):
        return xp.sum_by_run(values)
    if xp is not np:
        return xp.inc_subtensor(xp.zeros(rows.count)[rows.run], values)
    order = np.argsort(rows.run, kind="stable")
    starts = np.searchsorted(rows.run[order], np.arange(rows.count))
    return np.add.reduceat(values[..., order], starts, axis=-1)
