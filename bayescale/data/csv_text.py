"""CSV as columns of text: plain files are read by Arrow, all others by Python's `csv`, which locates errors.

Both give the same texts; Arrow takes a fraction of the time.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from bayescale.core.text import listing
from bayescale.errors import InputError

_BLOCK = 1 << 24  # bytes that are parsed at once; Python's `csv` reads longer lines


def parse_csv_text(text: str, source: str) -> pd.DataFrame:
    """Parse CSV; every value stays text, so that a message can quote what is not a number.

    Empty lines and lines of commas, which spreadsheets write below a table, are not rows.

    Parameters
    ----------
    text : str
        The text of the file.
    source : str
        What errors call the file.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The rows, with the columns of `header_names`.

    Raises
    ------
    InputError
        If the text is empty, a quote is not closed, or a line has another number of columns than the header.
    """
    if (plain := _parse_by_arrow(text)) is not None:
        names, table = plain
        return table.set_axis(pd.Index(header_names(names, source), dtype=object), axis=1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, fields) for fields in reader if any(map(str.strip, fields))]
    except csv.Error as error:
        raise InputError(
            f"{source}: line {reader.line_num} is not CSV ({error}); check for an unclosed quote."
        ) from error
    if not lines:
        raise InputError(f"{source}: the file is empty; give a header line and one row per measurement.")
    header = header_names(lines[0][1], source)
    _require_equal_widths(lines, len(header), source)
    return pd.DataFrame([fields for _, fields in lines[1:]], columns=pd.Index(header, dtype=object), dtype=object)


def header_names(fields: Sequence[str], source: str) -> list[str]:
    """Return the names of columns from the fields of a header.

    Parameters
    ----------
    fields : sequence of str
        Fields of the first line.
    source : str
        What errors call the file.

    Returns
    -------
    list of str
        The names; a blank third one is "unnamed_3".

    Raises
    ------
    InputError
        If another character than the comma separates columns.
    """
    header = [field.strip() for field in fields]
    if len(header) == 1 and (separator := next((mark for mark in ";\t|" if mark in header[0]), None)):
        raise InputError(
            f"{source}: columns are separated by {separator!r}; save the file with commas between columns."
        )
    return [field or f"unnamed_{place}" for place, field in enumerate(header, start=1)]


def _require_equal_widths(lines: list[tuple[int, list[str]]], width: int, source: str) -> None:
    uneven = [
        f"line {line} (row {row}) has {len(fields)}" for row, (line, fields) in enumerate(lines) if len(fields) != width
    ]
    if uneven:
        raise InputError(
            f"{source}: the header has {width} columns, but {listing(uneven)}; "
            'check for missing or extra commas (a number such as 1,000 needs quotes: "1000" is better).'
        )


def _parse_by_arrow(text: str) -> tuple[list[str], pd.DataFrame] | None:
    """Fields of the header and the rows below it, every value as text; None where the text is not plain.

    Plain is text of several columns without quotes, bare carriage returns, blank lines, and rows without any value.
    """
    first = text.find("\n")
    header = text[: max(first, 0)]
    width = header.count(",") + 1
    bare_returns = "\r" in text and text.count("\r") != text.count("\r\n")
    if '"' in text or bare_returns or width == 1 or first < 0:
        return None
    data = text.encode()
    types = dict.fromkeys(map(str, range(width)), pa.large_string())
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(memoryview(data)[len(header.encode()) + 1 :]),
            arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=list(types)),
            arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(check_utf8=False, column_types=types),
        )
    except pa.ArrowInvalid:  # no rows, or lines of another number of columns
        return None
    table = table.combine_chunks()
    if not len(table) or _has_blank_row(table):
        return None
    return header.rstrip("\r").split(","), table.to_pandas()


def _has_blank_row(table: pa.Table) -> bool:
    """Whether a row has no value at all."""
    blank = np.ones(len(table), dtype=bool)
    for column in table.columns:
        blank &= ~np.asarray(pc.match_substring_regex(column, "[!-~]"))  # a visible character is not blank
        if not blank.any():
            return False
        blank[blank] = [not value.strip() for value in column.filter(pa.array(blank)).to_pylist()]
    return bool(blank.any())
