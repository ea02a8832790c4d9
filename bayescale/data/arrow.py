"""Columns of text handled by Arrow, a whole column at a time: the same values as Python's own functions give."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: What `str.strip` takes for white space.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_DIGITS = 18  # that fit an int64
_EMPTY = pa.scalar("", pa.large_string())
_NULL = pa.scalar(None, pa.large_string())


def is_text(column: "pd.Series[Any]") -> bool:
    """Whether a column has the dtype `str`."""
    return isinstance(column.dtype, pd.StringDtype)


def arrow_text(column: "pd.Series[Any]") -> pa.Array:
    """A column of dtype `str` as one Arrow array (n_rows,), without a copy where it is one already."""
    array = pa.array(column)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array if array.type == pa.large_string() else array.cast(pa.large_string())


def text_column(array: pa.Array) -> "pd.Series[Any]":
    """A column of dtype `str` (n_rows,)."""
    return pd.Series(array, dtype="str")


def stripped(array: pa.Array) -> pa.Array:
    """Text without surrounding blanks; missing values are ""."""
    trimmed = pc.utf8_trim(array, characters=WHITE_SPACE)
    return pc.fill_null(trimmed, _EMPTY) if trimmed.null_count else trimmed


def mask(array: pa.Array) -> NDArray[np.bool_]:
    """Truth values of Arrow (n_rows,), none of them missing, as NumPy's."""
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def parsed_numbers(array: pa.Array) -> NDArray[np.float64] | None:
    """Text as float64 (n_rows,), NaN where it is empty; None where a value is not the plain text of a finite number."""
    try:
        numbers = pc.cast(array, pa.float64())
    except pa.ArrowInvalid:
        array = pc.if_else(pc.equal(array, _EMPTY), _NULL, array)
        try:
            numbers = pc.cast(array, pa.float64())
        except pa.ArrowInvalid:
            return None
    values = np.array(numbers.to_numpy(zero_copy_only=False))
    return values if np.isfinite(values).sum() == len(values) - array.null_count else None


def parsed_integers(array: pa.Array) -> NDArray[np.int64] | None:
    """Text as int64 (n_rows,); None where a value is not plain decimal digits of at most 18 characters."""
    longest = pc.max(pc.binary_length(array)).as_py()
    if array.null_count or longest is None or longest > _DIGITS:
        return None
    try:
        numbers = pc.cast(array, pa.int64())
    except pa.ArrowInvalid:
        return None
    hexadecimal = pc.any(pc.match_substring(array, "x", ignore_case=True)).as_py()
    return None if hexadecimal else np.array(numbers.to_numpy())
