"""Rows compared by what identifies a measurement: family, run, seed, step, known inputs and the response.

Numbers compare in single precision, so that 3.1415927 and 3.1415927410125732 are one number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import in_rows, listing
from bayescale.data.columns import as_text
from bayescale.data.quantities import KNOWN
from bayescale.data.row_groups import Hashes, combined_hashes, number_hashes, repeats_another
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.units import kind_of

#: Least significant digits at which equal responses of different trainings are implausible.
PRECISE = 6


@dataclass(frozen=True, eq=False)
class Measurements:
    """Rows with a finite response and the hashes of what identifies them, which are computed where they are used.

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    response : str
        Name of the measured column.
    labels : tuple of str
        Which of `seed` and `step` the table has.
    inputs : tuple of str
        The known inputs of the table.
    identity : Identity
        Family and run of the rows.
    """

    table: pd.DataFrame
    response: str
    labels: tuple[str, ...]
    inputs: tuple[str, ...]
    identity: Identity

    @cached_property
    def candidates(self) -> NDArray[np.bool_]:
        """Rows (n_rows,) that share step and inputs with another row; only these can repeat a measurement."""
        if not self._varied:
            return np.ones(len(self.table), dtype=bool)
        return repeats_another(combined_hashes(self._varied.values()))

    @cached_property
    def hashes(self) -> Mapping[str, Hashes]:
        """Hashes (n_rows,) of family, run, labels, inputs and response."""
        run = np.where(self.identity.has_source_run, self.identity.run, np.uint64(0))
        others = [name for name in (*self.labels, *self.inputs, self.response) if name not in self._varied]
        compared = {name: column_hashes(self.table[name]) for name in others}
        return {"family": self.identity.family, "run": run, **self._varied, **compared}

    @cached_property
    def _varied(self) -> dict[str, Hashes]:
        return {name: column_hashes(self.table[name]) for name in ("step", *self.inputs) if name in self.table.columns}

    def combined(self, *ignored: str) -> Hashes:
        """Combine the hashes of all columns but some.

        Parameters
        ----------
        *ignored : str
            Columns that are not compared.

        Returns
        -------
        ndarray of uint64, shape (n_rows,)
            One hash per row.
        """
        return combined_hashes(column for name, column in self.hashes.items() if name not in ignored)

    def agreeing(self, *ignored: str) -> NDArray[np.bool_]:
        """Return the candidates that agree with another one in all columns but some.

        Parameters
        ----------
        *ignored : str
            Columns that are not compared.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
            The rows.
        """
        rows = self.candidates.copy()
        if rows.any():
            columns = [column[rows] for name, column in self.hashes.items() if name not in ignored]
            rows[rows] = repeats_another(combined_hashes(columns))
        return rows

    @property
    def is_precise(self) -> bool:
        """Whether equal responses of different trainings are implausible; shares of a test set may agree by chance."""
        return kind_of(self.response, self.response) != "share" and _digits(self.table[self.response]) >= PRECISE


def measurements_of(table: pd.DataFrame, response: str, identity: Identity) -> Measurements:
    """Return the rows with a finite response.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family`, `run` and `row`; known inputs, `step` and the response are float64.
    response : str
        Name of the measured column.
    identity : Identity
        Family and run of the rows.

    Returns
    -------
    Measurements
        The rows.
    """
    measured = np.isfinite(table[response].to_numpy())
    if not measured.all():
        table, identity = table[measured], identity.rows(measured)
    inputs = tuple(name for name in KNOWN if name in table.columns and name != response)
    labels = tuple(name for name in ("seed", "step") if name in table.columns)
    return Measurements(table, response, labels, inputs, identity)


def column_hashes(column: "pd.Series[Any]") -> Hashes:
    """Hash the values of a column; numbers compare in single precision.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Values of any type.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per value; all missing values are equal.
    """
    if pd.api.types.is_float_dtype(column.dtype):
        with np.errstate(over="ignore"):
            return number_hashes(column.to_numpy(dtype=np.float32, na_value=np.nan))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column_hashes(column.astype("float64"))
    try:
        codes, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError:  # lists and the like
        return pd.util.hash_array(np.array(as_text(column), dtype=object))
    return pd.util.hash_array(np.array(as_text(pd.Series(values)), dtype=object))[codes]


def rows_of_groups(table: pd.DataFrame, group: NDArray[np.int64], listed: NDArray[np.bool_] | None = None) -> str:
    """Write the row numbers of groups, as in "rows 3, 13, 14; rows 5, 15".

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `row`.
    group : ndarray of int64, shape (n_rows,)
        The group of each row.
    listed : ndarray of bool, shape (n_groups,), optional
        The groups to write; all by default.

    Returns
    -------
    str
        The text.
    """
    rows: dict[int, list[int]] = {}
    for number, row in zip(group.tolist(), table["row"].tolist(), strict=True):
        if listed is None or listed[number]:
            rows.setdefault(number, []).append(row)
    return listing([in_rows(sorted(numbers)) for numbers in rows.values()], separator="; ")


def _digits(column: "pd.Series[float]") -> int:
    """Significant digits that nine tenths of a column's values have at most, as single precision writes them."""
    values = np.abs(column.to_numpy(dtype=np.float32))
    sample = values[:: max(1, len(values) // 1000)]
    digits = [len(f"{value:.9g}".replace(".", "").lstrip("0").split("e")[0]) for value in map(_shortest, sample)]
    return int(np.quantile(digits, 0.9, method="lower"))


def _shortest(value: np.float32) -> float:
    """The decimal number of fewest digits that equals this one in single precision."""
    return float(str(value))
