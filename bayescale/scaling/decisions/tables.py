"""What answers have in common: numbers as they are asked, draws as a dataset, intervals, and notes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import shown
from bayescale.errors import InputError
from bayescale.scaling.predict.forecast import summarise
from bayescale.scaling.predict.targets import flag

type Array = NDArray[np.float64]


def drawn(draws: Mapping[str, Array], dim: str, coords: Mapping[str, ArrayLike] | None = None) -> xr.Dataset:
    """Draws by name as a dataset over (chain, draw, `dim`), and coordinates along `dim`."""
    chains, count, _ = next(iter(draws.values())).shape
    along = {name: (dim, np.asarray(values)) for name, values in (coords or {}).items()}
    variables = {name: (("chain", "draw", dim), values) for name, values in draws.items()}
    return xr.Dataset(variables, {"chain": np.arange(chains), "draw": np.arange(count), **along})


def summaries(draws: Mapping[str, Array], prob: float) -> dict[str, Array]:
    """Columns with median, lower and upper of draws by name, each (chain, draw, row)."""
    columns: dict[str, Array] = {}
    for name, values in draws.items():
        columns |= summarise(values, prob, name)
    return columns


def summarise_reached(draws: Array, prob: float, name: str) -> dict[str, Array]:
    """Median and equal-tailed interval over chain and draw where some draws are infinite: a value never reached.

    Quantiles are draws, not interpolated between them, so that infinity stands exactly where its share demands it.
    """
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = np.quantile(draws.reshape(-1, *draws.shape[2:]), levels, axis=0, method="inverted_cdf")
    return {f"{name}_{what}": values for what, values in zip(("median", "lower", "upper"), found, strict=True)}


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


LARGEST = 1e60  # beyond any compute or loss, and its square is still a number


def numbers(name: str, given: object, example: str, least: float = 0.0) -> Array:
    """One number or several as floats (value,). Raises InputError unless all are above `least` and at most LARGEST."""
    try:
        values = np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}={shown(given)} must be a number, or several, {example}") from error
    if values.ndim != 1 or not len(values) or not (np.isfinite(values) & (values > least)).all():
        above = f" and above {least:.3g}" if np.isfinite(least) else ""
        raise InputError(f"{name}={shown(given)} must be finite{above}, {example}")
    if (values > LARGEST).any():
        raise InputError(f"{name}={shown(given)} must be at most {LARGEST:g}, {example}")
    return values


def number(name: str, given: object, example: str, least: float = 0.0) -> float:
    """One finite number above `least`. Raises InputError."""
    values = numbers(name, given, example, least)
    if np.ndim(given) or isinstance(given, bool):  # type: ignore[arg-type]
        raise InputError(f"{name}={given!r} must be one number, {example}")
    return float(values[0])
