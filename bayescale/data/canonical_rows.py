"""Rows written the same way on every machine, and the run ids that reading adds where a source has none."""

import hashlib
import json
from json.encoder import encode_basestring_ascii
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.columns import WHITE_SPACE, arrow_text, boolean_mask, is_blank, may_have_space
from bayescale.data.json_text import number_texts, quoted_texts

_EXACT = 2**53  # every integer up to here is a float64
_ROW_RUN = "row "  # what the run id of an unnamed row begins with


def canonical_rows(table: pd.DataFrame) -> pa.Array:
    """Write each row as one line of ASCII text; two lines are equal exactly where the rows are.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    Array of large_string, shape (n_rows,)
        One line per row. 7 and 7.0 are one number, all missing values are one blank, and columns are sorted by name.
    """
    encoded = [_encode_column(table[name]) for name in sorted(table.columns)]
    return pc.binary_join_element_wise(*encoded, pa.scalar("\t", pa.large_string())) if encoded else _texts([])


def digest_of_rows(header: str, table: pd.DataFrame) -> str:
    """Return a digest of a table that does not depend on the order of rows and columns.

    Parameters
    ----------
    header : str
        What the digest covers beside the rows, such as the names of the columns.
    table : DataFrame of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    lines = canonical_rows(table)
    digest = hashlib.sha256(header.encode())
    if len(lines):
        line_break, separator = (pa.scalar(text, pa.large_string()) for text in ("\n", ""))
        ordered = pc.binary_join_element_wise(line_break, lines.take(pc.sort_indices(lines)), separator)
        digest.update(memoryview(ordered.buffers()[2])[: pc.sum(pc.binary_length(ordered)).as_py()])
    return digest.hexdigest()


def _encode_column(column: "pd.Series[Any]") -> pa.Array:
    if column.dtype == np.float64:
        return number_texts(column.to_numpy())
    if column.dtype == np.int64 and len(column) and column.min() >= -_EXACT and column.max() <= _EXACT:
        return number_texts(column.to_numpy(dtype=np.float64))
    if column.dtype == "str":
        texts = pc.fill_null(arrow_text(column), "")
        is_blank_text = pc.equal(pc.utf8_trim(texts, characters=WHITE_SPACE), "")
        return pc.if_else(is_blank_text, pa.scalar("", pa.large_string()), quoted_texts(texts))
    return _texts([_quoted(value) if type(value) is str else _encode(value) for value in column.tolist()])


def _texts(values: list[str]) -> pa.Array:
    return pa.array(values, pa.large_string())


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
    if not may_have_space(runs) or not pc.any(pc.starts_with(runs, _ROW_RUN)).as_py():
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
