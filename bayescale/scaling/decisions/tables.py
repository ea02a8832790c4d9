"""Tables and datasets of decisions: draws as a dataset, flags of rows, the family as first column."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.scaling.predict.targets import flag

type Array = NDArray[np.float64]


def draws_dataset(draws: Mapping[str, Array], dim: str, coords: Mapping[str, ArrayLike] | None = None) -> xr.Dataset:
    """Return draws as a dataset.

    Parameters
    ----------
    draws : mapping of str to ndarray
        Draws of each variable (chain, draw, `dim`).
    dim : str
        Name of the last dimension.
    coords : mapping of str to array_like, optional
        Coordinates along `dim`.

    Returns
    -------
    Dataset
        The variables over (chain, draw, `dim`).
    """
    chains, count, _ = next(iter(draws.values())).shape
    along = {name: (dim, np.asarray(values)) for name, values in (coords or {}).items()}
    variables = {name: (("chain", "draw", dim), values) for name, values in draws.items()}
    return xr.Dataset(variables, {"chain": np.arange(chains), "draw": np.arange(count), **along})


def joined_notes(*notes: str) -> str:
    """Join the notes on one row.

    Parameters
    ----------
    *notes : str
        Notes; empty ones are left out.

    Returns
    -------
    str
        One text.
    """
    return "; ".join(filter(None, notes))


def flags(times: Array, *notes: Sequence[str]) -> NDArray[np.str_]:
    """Return the flag of every row.

    Parameters
    ----------
    times : ndarray
        How many times beyond the data each row lies (row,).
    *notes : sequence of str
        Other notes, one per row, which come first.

    Returns
    -------
    ndarray of str
        Notes of each row, with a note where it lies farther out than forecasts were tested (row,).
    """
    rows = zip(*notes, map(flag, times), strict=True)
    return np.array([joined_notes(*row) for row in rows], dtype=str)


def family_first(family: str | None, table: pd.DataFrame) -> pd.DataFrame:
    """Add a first column with the family's name.

    Parameters
    ----------
    family : str or None
        The name; None adds no column.
    table : DataFrame
        A table.

    Returns
    -------
    DataFrame
        The table with `family` as its first column.
    """
    return table if family is None else pd.concat([pd.DataFrame({"family": [family] * len(table)}), table], axis=1)
