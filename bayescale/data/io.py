"""From a file, a DataFrame or a shipped example to a raw table; columns have no meaning here.

An error of the file itself names the path, the line and the fix.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.csv_text import parse_csv
from bayescale.data.examples import example
from bayescale.data.file_paths import require_file, unreadable_file
from bayescale.data.formats import CSV, TABLE_FORMATS, plain_frame
from bayescale.errors import InputError


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as its source has it.

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    source : str
        Path, "DataFrame" or "example:NAME".
    typed : bool, default True
        False where values are text, as in CSV.
    notes : tuple of Note, default ()
        What looks odd about the file.
    """

    table: pd.DataFrame
    source: str
    typed: bool = True
    notes: tuple[Note, ...] = ()


def read_table(source: object, numbers: Collection[str] = ()) -> RawTable:
    """Read a table.

    Parameters
    ----------
    source : str, os.PathLike or DataFrame
        Path of a .csv, .parquet, .jsonl or .ndjson file, "example:NAME", or a DataFrame.
    numbers : collection of str, default ()
        Columns of a CSV file that are float64 where all values are plain finite numbers or empty; else they are text.

    Returns
    -------
    RawTable
        The table as the source has it.

    Raises
    ------
    InputError
        If the source is none of these, a file cannot be read whole, or the table has no rows or no columns.
    """
    raw = _read(source, numbers)
    if not len(raw.table.columns):
        raise InputError(f"{raw.source}: the table has no columns; give a header and one row per measurement.")
    if raw.table.empty:
        names = ", ".join(map(str, raw.table.columns[:12]))
        raise InputError(f"{raw.source}: the table has columns ({names}) but no rows; give one row per measurement.")
    return raw


def source_columns(source: object) -> list[str]:
    """Return the names of a table's columns.

    Parameters
    ----------
    source : str, os.PathLike or DataFrame
        A source that `read_table` reads.

    Returns
    -------
    list of str
        The names; empty where the source cannot be read.
    """
    try:
        return list(map(str, read_table(source).table.columns))
    except InputError:
        return []


def _read(source: object, numbers: Collection[str]) -> RawTable:
    if isinstance(source, pd.DataFrame):
        return RawTable(plain_frame(source), "DataFrame")
    if isinstance(source, str) and source.startswith("example:"):
        data = example(source.removeprefix("example:")).read_bytes()
        return RawTable(parse_csv(data, source, numbers), source, typed=False)
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source), numbers)
    raise InputError(
        f"Cannot read runs from {type(source).__name__}: give a path ({', '.join(TABLE_FORMATS)}), a pandas DataFrame, "
        "or 'example:pile'."
    )


def _from_path(source: str | bytes, numbers: Collection[str]) -> RawTable:
    path = require_file(source, TABLE_FORMATS)
    name, table_format = os.fsdecode(source), TABLE_FORMATS[path.suffix.lower()]
    try:
        data = path.read_bytes()
        may_be_cut = table_format.is_text and not data.endswith((b"\n", b"\r"))
        table = parse_csv(data, name, numbers) if table_format is CSV else table_format.parse(data, name)
        return RawTable(table, name, table_format.typed, (may_be_cut_note(name),) * may_be_cut)
    except (OSError, ValueError) as error:
        raise unreadable_file(name, error) from error


def may_be_cut_note(name: str) -> Note:
    """Return the note on a text file whose last row is used although no line break follows it.

    Parameters
    ----------
    name : str
        Name of the file.

    Returns
    -------
    Note
        The note `unfinished_line`.
    """
    message = f"{name}: does not end with a line break; if it is still being written, its last row may be cut."
    return Note("unfinished_line", message, (name,))
