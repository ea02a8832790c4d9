"""Columns written as Python's `json` and `repr` write values: by Arrow where that is possible."""

from json.encoder import encode_basestring_ascii

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: `repr` writes numbers of these sizes without an exponent; Arrow does so below the second bound only.
SMALLEST, WITH_EXPONENT, LARGEST = 1e-4, 1e10, 1e16
_EXPONENTS = range(10, 16)
_UNESCAPED = np.isin(np.arange(256), [*range(0x20, 0x7F)]) & ~np.isin(np.arange(256), [*b'"\\'])
_EMPTY, _MARK = pa.scalar("", pa.large_string()), pa.scalar('"', pa.large_string())


def quoted_texts(texts: pa.LargeStringArray) -> pa.Array:
    """Write texts as JSON does, in ASCII.

    Parameters
    ----------
    texts : Array of large_string, shape (n_rows,)
        The texts, none of them missing.

    Returns
    -------
    Array of large_string, shape (n_rows,)
        The texts in quotation marks.
    """
    content = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    if _UNESCAPED[content].all():
        return pc.binary_join_element_wise(_MARK, texts, _MARK, _EMPTY)
    return pa.array(map(encode_basestring_ascii, texts.to_pylist()), pa.large_string())


def number_texts(values: NDArray[np.float64], end_of_whole: str = ".0") -> pa.Array:
    """Write numbers with the fewest digits that identify them.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows,)
        The numbers.
    end_of_whole : {".0", ""}, default ".0"
        The end of whole numbers. With "" all of their digits are written, as by `str(int(value))`.

    Returns
    -------
    Array of large_string, shape (n_rows,)
        The `repr` of each number; "" for NaN, and "0.0" or "0" for minus zero.
    """
    sizes = np.abs(values)
    plain = (sizes >= SMALLEST) & (sizes < LARGEST)
    whole = plain & (values == np.trunc(np.where(plain, values, 0.0)))
    plain &= whole | (values < WITH_EXPONENT) & (values > -WITH_EXPONENT) | (values > 0)
    texts = pc.cast(pa.array(values), pa.large_string())
    if whole.any():
        written = pc.cast(pa.array(values[whole].astype(np.int64)), pa.large_string())
        end = pa.scalar(end_of_whole, pa.large_string())
        texts = _replaced(texts, whole, pc.binary_join_element_wise(written, end, _EMPTY))
    large = plain & ~whole & (values >= WITH_EXPONENT)
    for exponent in _EXPONENTS if large.any() else ():
        rows = large & (values >= 10.0**exponent) & (values < 10.0 ** (exponent + 1))
        if rows.any():
            texts = _replaced(texts, rows, _without_exponent(texts.filter(pa.array(rows)), exponent))
    if not plain.all():
        codes, distinct = pd.factorize(values[~plain], use_na_sentinel=False)
        written = pa.array([_text(value, end_of_whole) for value in distinct.tolist()], pa.large_string())
        texts = _replaced(texts, ~plain, written.take(pa.array(codes)))
    return texts


def _replaced(texts: pa.Array, rows: NDArray[np.bool_], others: pa.Array) -> pa.Array:
    return others if rows.all() else pc.replace_with_mask(texts, pa.array(rows), others)


def _without_exponent(texts: pa.Array, exponent: int) -> pa.Array:
    """Write positive numbers such as "1.23456789012e+10" as "12345678901.2"."""
    digits = pc.cast(texts, pa.large_binary())
    point = 2 + exponent  # of the digits before it, the first stands before the point of `texts`
    parts = [pc.binary_slice(digits, *ends) for ends in ((0, 1), (2, point), (point, -len("e+10")))]
    first, before, after = (pc.cast(part, pa.large_string()) for part in parts)
    whole = pc.binary_join_element_wise(first, before, _EMPTY)
    return pc.binary_join_element_wise(whole, after, pa.scalar(".", pa.large_string()))


def _text(value: float, end_of_whole: str) -> str:
    if value != value:
        return ""
    return repr(value + 0.0) if end_of_whole or not value.is_integer() else str(int(value))
