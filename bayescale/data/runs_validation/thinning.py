"""Which checkpoints of each run remain when there are too many."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def thinned(table: pd.DataFrame, per_run: int) -> NDArray[np.bool_]:
    """Which rows (n_rows,) remain where each run keeps at most `per_run`: its last and others evenly spaced.

    Runs are told apart by `family` and `run`; a run's rows are ordered by `step`, else `n_tokens`, else as they are.
    """
    run = table.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    along = next((name for name in ("step", "n_tokens") if name in table.columns), None)
    course = np.arange(len(table)) if along is None else table[along].to_numpy(dtype=float)
    order = np.lexsort((course, run))
    size = np.bincount(run)
    place = np.arange(len(run)) - (np.cumsum(size) - size)[run[order]]  # 0, 1, … along its run
    after = size[run[order]] - 1 - place  # rows that follow in its run: the last has none
    many = size[run[order]]
    evenly = (after * per_run) // many != ((after - 1) * per_run) // many
    kept = np.zeros(len(table), dtype=bool)
    kept[order] = (many <= per_run) | evenly
    return kept
