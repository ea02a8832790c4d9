"""Rows that agree in several columns of a table: a 64-bit hash of the values of each row, and groups of equal rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.columns import arrow_text

type Hashes = NDArray[np.uint64]
type Codes = NDArray[np.int64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)


def number_hashes(values: NDArray[np.floating[Any]]) -> Hashes:
    """Hash numbers; -0.0 equals 0.0, and all NaN are equal.

    Parameters
    ----------
    values : ndarray of float32 or float64, shape (n_rows,)
        The numbers.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per number.
    """
    plain = values + values.dtype.type(0)
    missing = np.isnan(plain)
    if missing.any():
        plain[missing] = np.nan
    bits: NDArray[np.unsignedinteger[Any]] = plain.view(np.uint32 if plain.dtype == np.float32 else np.uint64)
    return integer_hashes(bits)


def integer_hashes(numbers: NDArray[np.integer[Any]]) -> Hashes:
    """Hash whole numbers; different numbers have different hashes.

    Parameters
    ----------
    numbers : ndarray of an integer type, shape (n_rows,)
        The numbers.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per number.
    """
    mixed = numbers.astype(np.uint64)
    for _ in range(2):
        mixed *= _MULTIPLIER
        mixed ^= mixed >> _SHIFT
    return mixed


def value_hashes(column: "pd.Series[Any]") -> Hashes:
    """Hash the values of a column; two hashes are equal where pandas takes the values for equal.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Values of any type that has hashes.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per value; all missing values are equal. Hashes of two columns of text do not compare.

    Raises
    ------
    TypeError
        If a value has no hash, such as a list.
    """
    if column.dtype == np.float64:
        return number_hashes(column.to_numpy())
    if column.dtype == "str":
        encoded = pc.dictionary_encode(arrow_text(column), null_encoding="encode")
        return integer_hashes(encoded.indices.to_numpy())
    return integer_hashes(pd.factorize(column, use_na_sentinel=False)[0])


@dataclass(frozen=True, eq=False)
class Identity:
    """The family and run of rows.

    Attributes
    ----------
    family : ndarray of uint64, shape (n_rows,)
        Hashes of the families.
    run : ndarray of uint64, shape (n_rows,)
        Hashes of the run ids; 0 where no row has a run id of the source.
    has_source_run : ndarray of bool, shape (n_rows,)
        Whether the source gives the run id; other ids are made from the row number.
    """

    family: Hashes
    run: Hashes
    has_source_run: NDArray[np.bool_]

    def rows(self, selected: NDArray[np.bool_]) -> "Identity":
        """Return the identity of some rows.

        Parameters
        ----------
        selected : ndarray of bool, shape (n_rows,)
            The rows.

        Returns
        -------
        Identity
            The identity of these rows.
        """
        return Identity(self.family[selected], self.run[selected], self.has_source_run[selected])


def identity_of(table: pd.DataFrame, has_source_run: NDArray[np.bool_]) -> Identity:
    """Return the identity of the rows of a table.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family` and `run`.
    has_source_run : ndarray of bool, shape (n_rows,)
        Which rows have a run id of the source.

    Returns
    -------
    Identity
        The identity.
    """
    runs = value_hashes(table["run"]) if has_source_run.any() else has_source_run.astype(np.uint64)
    return Identity(value_hashes(table["family"]), runs, has_source_run)


def combined_hashes(hashes: Iterable[Hashes]) -> Hashes:
    """Combine the hashes of several columns.

    Parameters
    ----------
    hashes : iterable of ndarray of uint64, shape (n_rows,)
        Hashes of at least one column.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per row; their order matters.
    """
    with np.errstate(over="ignore"):
        return reduce(lambda mixed, column: mixed * _MULTIPLIER + column, hashes)


def repeats_another(hashes: Hashes) -> NDArray[np.bool_]:
    """Return which rows share their hash with another row.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n_rows,)
        One hash per row.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows.
    """
    ordered = np.sort(hashes)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(len(hashes), dtype=bool)
    return pd.Series(hashes).duplicated(keep=False).to_numpy()


def group_codes(hashes: Hashes) -> Codes:
    """Number the groups of rows with equal hashes.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n_rows,)
        One hash per row.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        The group of each row: 0, 1, ... in the order in which groups first appear.
    """
    return pd.factorize(hashes)[0]


def varies_in_group(values: NDArray[Any], filled: NDArray[np.bool_], codes: Codes) -> NDArray[np.bool_]:
    """Return which rows are in a group that has several values.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        One value per row.
    filled : ndarray of bool, shape (n_rows,)
        Which values are compared; the others are missing.
    codes : ndarray of int64, shape (n_rows,)
        The group of each row.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows.
    """
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    has_several = np.zeros(n_groups, dtype=bool)
    if n_groups < len(codes):
        first = np.zeros(n_groups, dtype=values.dtype)
        places = np.flatnonzero(filled)[::-1]
        first[codes[places]] = values[places]  # of several assignments the last holds: that of the first row
        has_several[codes[filled & (values != first[codes])]] = True
    return has_several[codes]
