"""Columns of a raw table as numbers or text; a whole column of text is converted by Arrow at once.

Arrow gives the same values as Python's own functions. What it cannot convert is converted value by value.
"""

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.json_text import number_texts
from bayescale.errors import InputError

#: Texts that stand for a missing value, in lower case.
BLANK = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none"})
#: Texts that stand for a missing number: also dashes, and what spreadsheets write for a formula that fails.
NO_NUMBER = BLANK | {
    *("-nan", "n.a.", "nil", "-", "--", "\N{EN DASH}", "\N{EM DASH}"),
    *("#na", "#div/0!", "#num!", "#value!", "#ref!", "#null!"),
}
#: Texts that stand for the loss of a run that failed.
FAILED = frozenset({"diverged", "divergence", "oom", "failed", "crashed", "crash", "killed", "running", "pending", "?"})
#: Characters that `str.strip` removes.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DIGITS = 18  # that fit an int64
_NOT_ASCII = 0x80  # least byte that no ASCII character has
_HEAD = 20  # rows that show that a column is text
_EMPTY = pa.scalar("", pa.large_string())
_NULL = pa.scalar(None, pa.large_string())


def is_blank(value: object) -> bool:
    """Return whether one value is missing.

    Parameters
    ----------
    value : object
        Any value of a table.

    Returns
    -------
    bool
        True for None, NaN, NA, NaT and text without a visible character.
    """
    if isinstance(value, str):
        return not value.strip()
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]


def as_numbers(column: "pd.Series[Any]") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Convert a column to float64.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Values of any type.

    Returns
    -------
    values : ndarray of float64, shape (n_rows,)
        The numbers; NaN where a value is missing or not a number.
    not_numbers : ndarray of bool, shape (n_rows,)
        Which values are neither missing nor numbers.
    """
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(column), dtype=bool)
    if _is_text(column):
        parsed = _parsed_numbers(arrow_text(column))
        if parsed is not None:
            return parsed, np.zeros(len(column), dtype=bool)
    elif pd.api.types.infer_dtype(column, skipna=False) == "string":
        try:
            return np.fromiter(map(float, column.tolist()), np.float64, len(column)), np.zeros(len(column), dtype=bool)
        except ValueError:  # some are blank, or no numbers
            pass
    values = np.full(len(column), np.nan)
    not_numbers = np.zeros(len(column), dtype=bool)
    for place, value in enumerate(column.tolist()):
        try:
            values[place] = _number(value)
        except Exception:  # a value may be any object
            not_numbers[place] = True
    return values, not_numbers


def _number(value: object) -> float:
    if is_blank(value) or (isinstance(value, str) and value.strip().lower() in NO_NUMBER):
        return math.nan
    if isinstance(value, bool | np.bool_):
        raise TypeError("a truth value is not a number")
    return float(value)  # type: ignore[arg-type]


def as_text(column: "pd.Series[Any]") -> list[str]:
    """Convert a column to text without surrounding white space.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Values of any type.

    Returns
    -------
    list of str
        One text per row: "" for a missing value, "17" for 17.0.

    Raises
    ------
    InputError
        If the `str` of a value fails.
    """
    return [value.strip() if type(value) is str else _text(value) for value in column.tolist()]


def as_text_column(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Convert a column to dtype `str`, with the values of `as_text`.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Values of any type.

    Returns
    -------
    Series of shape (n_rows,)
        The texts, with a new index 0..n_rows-1.
    """
    if column.dtype == np.float64:
        return text_column(number_texts(column.to_numpy(), ""))
    if not _is_text(column):
        return text_column(pa.array(as_text(column), pa.large_string()))
    texts = arrow_text(column)
    if may_have_space(texts):
        texts = pc.utf8_trim(texts, characters=WHITE_SPACE)
    return text_column(pc.fill_null(texts, _EMPTY) if texts.null_count else texts)


def may_have_space(texts: pa.LargeStringArray) -> bool:
    """Return whether some text may hold white space; False is certain, and found faster than by a search.

    Parameters
    ----------
    texts : Array of large_string, shape (n_rows,)
        The texts.

    Returns
    -------
    bool
        Whether a byte is not that of a visible ASCII character.
    """
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets or b"", np.int64)[texts.offset :][: len(texts) + 1]
    used = np.frombuffer(content or b"", np.uint8)[slice(*ends[[0, -1]])] if len(ends) else ends
    return bool(len(used)) and not (used.min() > ord(" ") and used.max() < _NOT_ASCII)


def _text(value: object) -> str:
    if is_blank(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return str(value).strip()
    except Exception as error:
        raise InputError(f"A value of type {type(value).__name__} cannot be read as text; write it as text.") from error


def convert_text(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Convert a column of text, as CSV gives it, to the type that all of its values have.

    Parameters
    ----------
    column : Series of str, shape (n_rows,)
        The texts.

    Returns
    -------
    Series of shape (n_rows,)
        int64, bool or float64 where every value is such a number or truth value; else text.
    """
    if _is_text(column) and (converted := _converted_by_arrow(column)) is not None:
        return converted
    texts = [str(value).strip() for value in column.tolist()]
    if all(_INTEGER.fullmatch(text) for text in texts):
        return pd.Series([int(text) for text in texts], index=column.index, dtype="int64")
    if all(text in ("True", "False") for text in texts):
        return pd.Series([text == "True" for text in texts], index=column.index, dtype="bool")
    numbers, not_numbers = as_numbers(column)
    if not not_numbers.any():
        return pd.Series(numbers, index=column.index)
    return column.replace("", None).astype("str")


def _converted_by_arrow(column: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """A column of plain integers, of plain numbers, or of text from its first rows on; None for any other."""
    array = arrow_text(column)
    values: np.ndarray | None = _parsed_integers(array)
    if values is None:
        values = _parsed_numbers(array)
        if values is not None and not (values % 1 != 0).any():  # may be integers, written in another way
            return None
    if values is not None:
        return pd.Series(values, index=column.index)
    head = column.iloc[:_HEAD]
    if head.str.strip().isin(["True", "False"]).all() or not as_numbers(head)[1].any():
        return None
    return column.replace("", None).astype("str")


def _is_text(column: "pd.Series[Any]") -> bool:
    """Whether a column has the dtype `str`."""
    return isinstance(column.dtype, pd.StringDtype)


def arrow_text(column: "pd.Series[Any]") -> pa.Array:
    """Return a column of dtype `str` as one Arrow array, without a copy where it is one.

    Parameters
    ----------
    column : Series of str, shape (n_rows,)
        The texts.

    Returns
    -------
    Array of large_string, shape (n_rows,)
        The texts; null where they are missing.
    """
    array = pa.array(column)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array if array.type == pa.large_string() else array.cast(pa.large_string())


def text_column(array: pa.Array) -> "pd.Series[Any]":
    """Return an Arrow array of text as a column of dtype `str`.

    Parameters
    ----------
    array : Array of large_string, shape (n_rows,)
        The texts.

    Returns
    -------
    Series of str, shape (n_rows,)
        The column, with the index 0..n_rows-1.
    """
    return pd.Series(array, dtype="str")


def boolean_mask(array: pa.Array) -> NDArray[np.bool_]:
    """Return an Arrow array of truth values as a NumPy array.

    Parameters
    ----------
    array : Array of bool, shape (n_rows,)
        The truth values, none of them missing.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The same values.
    """
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def _parsed_numbers(array: pa.Array) -> NDArray[np.float64] | None:
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


def _parsed_integers(array: pa.Array) -> NDArray[np.int64] | None:
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
