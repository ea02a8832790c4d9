"""Which checkpoints of each run remain when a run has too many."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def thinned(table: pd.DataFrame, per_run: int) -> NDArray[np.bool_]:
    """Choose at most `per_run` rows of each run: its last row and others, evenly spaced.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family` and `run`, which identify runs. The rows of a run are ordered by `step`, else by
        `n_tokens`, else as they are.
    per_run : int
        Most rows of a run.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows that remain.
    """
    run = table.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    order_column = next((name for name in ("step", "n_tokens") if name in table.columns), None)
    position = np.arange(len(table)) if order_column is None else table[order_column].to_numpy(dtype=float)
    order = np.lexsort((position, run))
    size = np.bincount(run)
    place = np.arange(len(run)) - (np.cumsum(size) - size)[run[order]]  # 0, 1, … along its run
    run_size = size[run[order]]
    n_after = run_size - 1 - place  # rows that follow in its run: the last has none
    evenly = (n_after * per_run) // run_size != ((n_after - 1) * per_run) // run_size
    remaining = np.zeros(len(table), dtype=bool)
    remaining[order] = (run_size <= per_run) | evenly
    return remaining
