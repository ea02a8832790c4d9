"""CSV as columns of text: plain files are read by Arrow, all others by Python's `csv`, which locates errors.

Both give the same texts; Arrow takes a fraction of the time.
"""

import codecs
import csv
import io
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from bayescale.core.text import listing
from bayescale.errors import InputError

_BLOCK = 1 << 24  # bytes that are parsed at once; Python's `csv` reads longer lines


def parse_csv(data: bytes, source: str, numbers: Collection[str] = (), separator: str = ",") -> pd.DataFrame:
    """Parse CSV, or text with another separator; values stay text, so that a message can quote what is not a number.

    Empty lines and lines of commas, which spreadsheets write below a table, are not rows.

    Parameters
    ----------
    data : bytes
        The file.
    source : str
        What errors call the file.
    numbers : collection of str, default ()
        Columns that are float64 where every value is a plain finite number or empty, with NaN where it is empty.
    separator : str, default ","
        The character between columns.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The rows, with the columns of `header_names`.

    Raises
    ------
    InputError
        If the file is empty or not UTF-8, a quote is not closed, or a line has another number of columns than the
        header.
    """
    text = utf8_bytes(data, source)
    if (plain := _parse_by_arrow(text, numbers, separator)) is not None:
        names, table = plain
        return table.set_axis(pd.Index(header_names(names, source), dtype=object), axis=1)
    return _parse_by_python(text.decode(), source, separator)


def utf8_bytes(data: bytes, source: str) -> bytes:
    """Return the bytes of a text file without a byte order mark.

    Parameters
    ----------
    data : bytes
        The file.
    source : str
        What errors call the file.

    Returns
    -------
    bytes
        UTF-8 text.

    Raises
    ------
    InputError
        If the file holds NUL bytes or is not UTF-8.
    """
    if b"\0" in data:
        raise InputError(f"{source}: is not a text file (it holds NUL bytes); save the table as UTF-8 text.")
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{source}: line {line} is not UTF-8 text; save the table as UTF-8.") from error
    return data.removeprefix(codecs.BOM_UTF8)


def _parse_by_python(text: str, source: str, separator: str = ",") -> pd.DataFrame:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        lines = [(reader.line_num, fields) for fields in reader if any(map(str.strip, fields))]
    except csv.Error as error:
        raise InputError(
            f"{source}: line {reader.line_num} is not CSV ({error}); check for an unclosed quote."
        ) from error
    if not lines:
        raise InputError(f"{source}: the file is empty; give a header line and one row per measurement.")
    header = header_names(lines[0][1], source, separator)
    _require_equal_widths(lines, len(header), source)
    return pd.DataFrame([fields for _, fields in lines[1:]], columns=pd.Index(header, dtype=object), dtype=object)


def header_names(fields: Sequence[str], source: str, separator: str = ",") -> list[str]:
    """Return the names of columns from the fields of a header.

    Parameters
    ----------
    fields : sequence of str
        Fields of the first line.
    source : str
        What errors call the file.
    separator : str, default ","
        The character between columns.

    Returns
    -------
    list of str
        The names; a blank third one is "unnamed_3".

    Raises
    ------
    InputError
        If another character separates columns.
    """
    header = [field.strip() for field in fields]
    others = ";\t|,".replace(separator, "")
    if len(header) == 1 and (mark := next((mark for mark in others if mark in header[0]), None)):
        wanted = "commas between columns" if separator == "," else f"{separator!r} between columns, or as .csv"
        raise InputError(f"{source}: columns are separated by {mark!r}; save the file with {wanted}.")
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


def _parse_by_arrow(
    text: bytes, numbers: Collection[str] = (), separator: str = ","
) -> tuple[list[str], pd.DataFrame] | None:
    """Fields of the header and the rows below it; None where the text is not plain.

    Plain is text of several columns without quotes, bare carriage returns, blank lines, and rows without any value.
    """
    first = text.find(b"\n")
    header = text[: max(first, 0)].decode()
    names = header.rstrip("\r").split(separator)
    bare_returns = b"\r" in text and text.count(b"\r") != text.count(b"\r\n")
    if b'"' in text or bare_returns or len(names) == 1 or first < 0:
        return None
    rows = memoryview(text)[first + 1 :]
    types = [pa.float64() if name.strip() in numbers else pa.large_string() for name in names]
    table = _arrow_table(rows, types, separator)
    if table is None and pa.float64() in types:  # some are no plain numbers
        table = _arrow_table(rows, [pa.large_string()] * len(names), separator)
    return None if table is None or not len(table) or _has_blank_row(table) else (names, table.to_pandas())


def _arrow_table(rows: memoryview, types: Sequence[pa.DataType], separator: str) -> pa.Table | None:
    """Rows of CSV with columns of some types; None where a value is not of its type, or a line has another length."""
    columns = {str(place): column_type for place, column_type in enumerate(types)}
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(rows),
            arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=list(columns)),
            arrow_csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(check_utf8=False, column_types=columns, null_values=[""]),
        ).combine_chunks()
    except pa.ArrowInvalid:  # also where there are no rows
        return None
    measured = [column for column in table.columns if column.type == pa.float64()]
    is_finite = all(pc.all(pc.is_finite(column), min_count=0).as_py() for column in measured)
    return table if is_finite else None


def _has_blank_row(table: pa.Table) -> bool:
    """Whether a row has no value at all."""
    blank = np.ones(len(table), dtype=bool)
    for column in sorted(table.columns, key=lambda column: column.type != pa.float64()):  # numbers are faster
        if column.type == pa.float64():
            blank &= column.is_null().to_numpy() if column.null_count else False
        else:
            blank &= ~np.asarray(pc.match_substring_regex(column, "[!-~]"))  # a visible character is not blank
            blank[blank] = [not value.strip() for value in column.filter(pa.array(blank)).to_pylist()]
        if not blank.any():
            return False
    return True
