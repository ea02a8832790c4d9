"""Which rows of a table agree in several columns: one 64-bit hash of every row's values, and groups of equal hashes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.arrow import arrow_text

type Hashes = NDArray[np.uint64]
type Codes = NDArray[np.int64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)


def number_hashes(values: NDArray[np.floating[Any]]) -> Hashes:
    """A hash of every number (n_rows,), of float32 or float64; -0.0 is 0.0, and all NaN are one value."""
    plain = values + values.dtype.type(0)
    blank = np.isnan(plain)
    if blank.any():
        plain[blank] = np.nan
    bits: NDArray[np.unsignedinteger[Any]] = plain.view(np.uint32 if plain.dtype == np.float32 else np.uint64)
    return scattered(bits)


def scattered(numbers: NDArray[np.integer[Any]]) -> Hashes:
    """A hash of every whole number (n_rows,): different numbers have different hashes."""
    mixed = numbers.astype(np.uint64)
    for _ in range(2):
        mixed *= _ODD
        mixed ^= mixed >> _SHIFT
    return mixed


def value_hashes(column: "pd.Series[Any]") -> Hashes:
    """A hash of every value (n_rows,), equal where pandas takes the values for equal; all blanks are one value.

    Raises TypeError for values that have no hash, such as lists.
    """
    if column.dtype == np.float64:
        return number_hashes(column.to_numpy())
    if column.dtype == "str":
        encoded = pc.dictionary_encode(arrow_text(column), null_encoding="encode")
        return scattered(encoded.indices.to_numpy())
    return scattered(pd.factorize(column, use_na_sentinel=False)[0])


@dataclass(frozen=True, eq=False)
class Identity:
    """Which family and run rows belong to.

    family, run  hashes (n_rows,); of runs 0 where no row is named.
    named        whether the source gives the run id (bool, n_rows); others are made up from the row number.
    """

    family: Hashes
    run: Hashes
    named: NDArray[np.bool_]

    def rows(self, where: NDArray[np.bool_]) -> "Identity":
        """The same of some rows."""
        return Identity(self.family[where], self.run[where], self.named[where])


def identity_of(table: pd.DataFrame, named: NDArray[np.bool_]) -> Identity:
    """The identity of the rows of a table with `family` and `run`, of which some are `named` (bool, n_rows)."""
    runs = value_hashes(table["run"]) if named.any() else named.astype(np.uint64)
    return Identity(value_hashes(table["family"]), runs, named)


def combined(hashes: Iterable[Hashes]) -> Hashes:
    """One hash of several values, at least one, in each row."""
    with np.errstate(over="ignore"):
        return reduce(lambda mixed, one: mixed * _ODD + one, hashes)


def repeated(hashes: Hashes) -> NDArray[np.bool_]:
    """Which rows share their hash with another row (bool, n_rows)."""
    ordered = np.sort(hashes)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(len(hashes), dtype=bool)
    return pd.Series(hashes).duplicated(keep=False).to_numpy()


def group_codes(hashes: Hashes) -> Codes:
    """The group of every row (int64, n_rows): 0, 1, ... in the order in which groups first appear."""
    return pd.factorize(hashes)[0]


def varies(values: NDArray[Any], filled: NDArray[np.bool_], codes: Codes) -> NDArray[np.bool_]:
    """Which rows are in a group with several values (bool, n_rows); only values that are `filled` are compared."""
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    several = np.zeros(n_groups, dtype=bool)
    if n_groups < len(codes):
        first = np.zeros(n_groups, dtype=values.dtype)
        places = np.flatnonzero(filled)[::-1]
        first[codes[places]] = values[places]  # of several assignments the last holds: that of the first row
        several[codes[filled & (values != first[codes])]] = True
    return several[codes]
