"""Rows written the same way on every machine, and the run ids that reading adds where a source has none."""

import json
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.columns import arrow_text, boolean_mask, is_blank

_EXACT = 2**53  # every integer up to here is a float64
_ROW_RUN = "row "  # what the run id of an unnamed row begins with


def canonical_rows(table: pd.DataFrame) -> list[str]:
    """Write each row as one line of text; two lines are equal exactly where the rows are.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    list of str
        One line per row. 7 and 7.0 are one number, all missing values are one blank, and columns are sorted by name.
    """
    encoded = [_encode_column(table[name]) for name in sorted(table.columns)]
    return ["\t".join(parts) for parts in zip(*encoded, strict=True)]


def _encode_column(column: "pd.Series[Any]") -> list[str]:
    if column.dtype == np.float64:
        return ["" if value != value else repr(value + 0.0) for value in column.tolist()]  # + 0.0: no minus zero
    return [_quoted(value) if type(value) is str else _encode(value) for value in column.tolist()]


def _quoted(value: str) -> str:
    return encode_basestring_ascii(value) if value and not value.isspace() else ""


def _encode(value: object) -> str:
    if is_blank(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | np.integer):
        return repr(float(value)) if abs(int(value)) <= _EXACT else str(int(value))
    if isinstance(value, float | np.floating):
        return repr(float(value) + 0.0)
    return json.dumps(str(value))


def row_run_id(row: int) -> str:
    """Return the run id of a row that has none in the source.

    Parameters
    ----------
    row : int
        1-based number of the data row.

    Returns
    -------
    str
        The id, such as "row 17".
    """
    return f"{_ROW_RUN}{row}"


def row_run_ids(rows: NDArray[np.int64]) -> pa.Array:
    """Return the run ids of rows that have none in the source.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_rows,)
        1-based numbers of the data rows.

    Returns
    -------
    Array of large_string, shape (n_rows,)
        The ids.
    """
    numbers = pc.cast(pa.array(rows), pa.large_string())
    prefix, separator = (pa.scalar(text, pa.large_string()) for text in (_ROW_RUN, ""))
    return pc.binary_join_element_wise(prefix, numbers, separator)


def has_source_run(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows have a run id of the source.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `run` (dtype `str`) and `row`.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        False where the run id is the one of `row_run_ids`.
    """
    runs = arrow_text(table["run"])
    if not pc.any(pc.starts_with(runs, _ROW_RUN)).as_py():
        return np.ones(len(table), dtype=bool)
    return boolean_mask(pc.not_equal(runs, row_run_ids(table["row"].to_numpy())))


def without_added_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table without what reading added: row numbers, and run ids made from them.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `run` and `row`.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns - 1)
        Without `row`; `run` is "" where the source has no run id.
    """
    return table.assign(run=table["run"].where(has_source_run(table), "")).drop(columns="row")
