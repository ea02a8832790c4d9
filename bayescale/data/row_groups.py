"""Rows that agree in several columns of a table: a 64-bit hash of the values of each row, and groups of equal rows."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.columns import arrow_text

type Hashes = NDArray[np.uint64]
type Codes = NDArray[np.int64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)
_WORD = 8  # bytes of a number of 64 bits
_LONGEST = 64  # bytes of the longest text that is hashed by words: a column of longer ones is encoded
#: Masks of the first 0, 1, ... 8 bytes of a word.
_FIRST_BYTES = np.array([(1 << (_WORD * n_bytes)) - 1 for n_bytes in range(_WORD + 1)], dtype=np.uint64)
_BLOCK = 1 << 14  # rows whose temporary arrays stay in the cache
_HASH_BITS = 64
_SLOTS_PER_ROW = 2  # of the table that finds rows with equal hashes
_MORE_ROUNDS = 2  # of comparisons by such a table: four tenths of different rows share a slot by chance in each
_MOST_BY_CHANCE = 0.5  # share of rows that share a slot, above which many are equal


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
    for first in range(0, len(mixed), _BLOCK):
        block = mixed[first : first + _BLOCK]
        for _ in range(2):
            block *= _MULTIPLIER
            block ^= block >> _SHIFT
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
        return text_hashes(arrow_text(column))
    return integer_hashes(pd.factorize(column, use_na_sentinel=False)[0])


def text_hashes(texts: pa.LargeStringArray) -> Hashes:
    """Hash texts, eight bytes at a time.

    Parameters
    ----------
    texts : Array of large_string, shape (n_rows,)
        The texts.

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        One hash per text; all missing texts are equal, and unlike "". Hashes of two columns do not compare.
    """
    if texts.null_count == len(texts):
        return np.zeros(len(texts), dtype=np.uint64)
    _, offsets, content = texts.buffers()
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    lengths = np.diff(starts)
    longest = int(lengths.max())
    if longest > _LONGEST:
        encoded = pc.dictionary_encode(texts, null_encoding="encode")
        return integer_hashes(encoded.indices.to_numpy())
    if texts.null_count:
        lengths[texts.is_null().to_numpy(zero_copy_only=False)] = -1
    padded = np.zeros(int(starts[-1]) + _LONGEST + _WORD, dtype=np.uint8)
    padded[: starts[-1]] = np.frombuffer(content or b"", np.uint8)[: starts[-1]]
    words = np.ndarray(len(padded) - _WORD + 1, "<u8", padded, strides=(1,))  # the eight bytes from each byte on
    hashes = np.empty(len(texts), dtype=np.uint64)
    for first in range(0, len(texts), _BLOCK):
        rows = slice(first, min(first + _BLOCK, len(texts)))
        hashes[rows] = _word_hashes(words, starts[rows], lengths[rows], longest)
    return hashes


def _word_hashes(words: Hashes, starts: Codes, lengths: Codes, longest: int) -> Hashes:
    """Hashes of the texts that start at some places of a sequence of words."""
    hashes = integer_hashes(lengths)  # else "b" would be equal to "a" and a NUL
    for place in range(0, longest, _WORD):
        hashes ^= words[starts + place] & _FIRST_BYTES.take(lengths - place, mode="clip")
        hashes = integer_hashes(hashes)
    return hashes


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
    repeats = np.zeros(len(hashes), dtype=bool)
    if len(hashes) < 2:
        return repeats
    rows = _sharing_a_slot(hashes)
    keys, n_compared = hashes[rows], len(hashes)
    for _ in range(_MORE_ROUNDS):
        if not 0 < len(rows) < _MOST_BY_CHANCE * n_compared:  # no row is left, or most are equal
            break
        n_compared, keys = len(keys), keys * _MULTIPLIER  # other first bits, so that other rows share a slot
        sharing = _sharing_a_slot(keys)
        rows, keys = rows[sharing], keys[sharing]
    repeats[rows] = pd.Series(keys).duplicated(keep=False).to_numpy()
    return repeats


def _sharing_a_slot(hashes: Hashes) -> Codes:
    """Places of the hashes (n_rows,) that share their first bits with another one; equal hashes do."""
    bits = (_SLOTS_PER_ROW * len(hashes) - 1).bit_length()
    slots = (hashes >> np.uint64(_HASH_BITS - bits)).view(np.int64)
    rows = np.arange(len(hashes), dtype=np.int32)
    occupants = np.empty(1 << bits, dtype=np.int32)
    occupants[slots] = rows
    displaced = occupants.take(slots, mode="clip") != rows
    is_shared = np.zeros(1 << bits, dtype=bool)
    is_shared[slots[displaced]] = True
    return np.flatnonzero(is_shared.take(slots, mode="clip"))


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
