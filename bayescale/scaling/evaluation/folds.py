"""Folds of a backtest: the runs below a cut, and the runs above it that forecasts are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.runs import Runs, needs
from bayescale.errors import InputError, closest
from bayescale.scaling.sampling.sampler import Sampler

LEAST_TRAINING = 4  # rows: fewer do not determine a curve
FACTORS = (31.6, 10.0, 3.16)  # the usual cuts, as so many times below the largest value

#: How folds are sampled: their forecasts are scored, which takes fewer draws than a posterior that is kept, and the
#: gate asks for 400 effective draws all the same. Two attempts: of 20 folds of two laws a third passed one more, and
#: took a quarter of the time of all (measured with the defaults of `Sampler` on the table of `benchmarks/backtest.py`).
FOLD_SAMPLER = Sampler(draws=600, tune=150, attempts=2)


@dataclass(frozen=True, eq=False)
class Fold:
    """One cut of a table.

    Parameters
    ----------
    cut : float
        The largest value of the training rows.
    train : Runs
        The runs up to the cut.
    test : pandas.DataFrame
        The rows above the cut, with `continues`: whether their run has rows below it.
    """

    cut: float
    train: Runs
    test: pd.DataFrame


def make_folds(runs: Runs, cut: str, cuts: Sequence[float] | None) -> tuple[Fold, ...]:
    """Cut a table of runs.

    Parameters
    ----------
    runs : Runs
        The runs.
    cut : str
        A numeric column; "flops" is 6 n_params n_tokens where the table has no such column.
    cuts : sequence of float or None
        Where to cut. None: 3, 10 and 32 times below the largest value, as far as there are runs.

    Returns
    -------
    tuple of Fold
        Lowest cut first.

    Raises
    ------
    InputError
        If the column is missing, or a cut has too few runs on either side; all problems at once.
    """
    values = _values(runs, cut)
    usual = [float(values.max()) / factor for factor in FACTORS]
    requested = usual if cuts is None else [float(place) for place in cuts]
    problems, folds = [], []
    for place in sorted(set(requested)):
        below = values <= place * (1 + 1e-4)  # a run at the cut to rounding is below it
        n_below, n_above = int(below.sum()), int((~below).sum())
        if n_below < LEAST_TRAINING or not n_above:
            problems.append(
                f"{cut} <= {place:.4g}: {n_below} rows below and {n_above} above; at least {LEAST_TRAINING} "
                f"and 1 are needed ({cut} goes from {values.min():.4g} to {values.max():.4g})"
            )
            continue
        folds.append(Fold(place, *_parts(runs, below)))
    if (problems and cuts is not None) or not folds:
        raise InputError(f"{runs.source}: cannot be cut at these places", problems)
    return tuple(folds)


def _values(runs: Runs, cut: str) -> NDArray[np.float64]:
    if cut == "flops" and cut not in runs.table:
        needs(runs, ["n_params", "n_tokens"])
        sizes, tokens = (runs.table[name].to_numpy(dtype=float) for name in ("n_params", "n_tokens"))
        return np.asarray(6.0 * sizes * tokens)
    if cut not in runs.table:
        raise InputError(f"{runs.source}: no column {cut!r} to cut at.{closest(cut, runs.table.columns)}")
    needs(runs, [cut])
    return np.asarray(runs.table[cut].to_numpy(dtype=float))


def _parts(runs: Runs, below: NDArray[np.bool_]) -> tuple[Runs, pd.DataFrame]:
    train, test = runs.table[below].reset_index(drop=True), runs.table[~below].reset_index(drop=True)
    seen = set(zip(train["family"], train["run"], strict=True))
    pairs = zip(test["family"], test["run"], strict=True)
    return replace(runs, table=train), test.assign(continues=[pair in seen for pair in pairs])
