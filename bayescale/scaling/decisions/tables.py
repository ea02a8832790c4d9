"""What answers have in common: numbers as they are asked, draws as a dataset, intervals, and notes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.scaling.predict.targets import flag

type Array = NDArray[np.float64]


def drawn(draws: Mapping[str, Array], dim: str, coords: Mapping[str, ArrayLike] | None = None) -> xr.Dataset:
    """Draws by name as a dataset over (chain, draw, `dim`), and coordinates along `dim`."""
    chains, count, _ = next(iter(draws.values())).shape
    along = {name: (dim, np.asarray(values)) for name, values in (coords or {}).items()}
    variables = {name: (("chain", "draw", dim), values) for name, values in draws.items()}
    return xr.Dataset(variables, {"chain": np.arange(chains), "draw": np.arange(count), **along})


def notes(*parts: str) -> str:
    """What there is to say of one row, as one text."""
    return "; ".join(part for part in parts if part)


def flags(times: Array, *others: Sequence[str]) -> NDArray[np.str_]:
    """A text per row: what else there is to say of it, then where it lies farther than forecasts were tested."""
    rows = zip(*others, map(flag, times), strict=True)
    return np.array([notes(*row) for row in rows], dtype=str)


def in_order(family: str | None, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the family's name first, where there is one."""
    return table if family is None else pd.concat([pd.DataFrame({"family": [family] * len(table)}), table], axis=1)
