"""From a file, a table in memory or a shipped example to a raw table; columns have no meaning here.

An error of the file itself names the path, the line and the fix.
"""

import os
from collections.abc import Collection
from dataclasses import replace

from bayescale.core.notes import Note
from bayescale.data.examples import example
from bayescale.data.file_paths import require_file, suffix_of, unreadable_file
from bayescale.data.tables.compression import unpacked
from bayescale.data.tables.csv_text import parse_csv
from bayescale.data.tables.formats import TABLE_FORMATS, plain_frame
from bayescale.data.tables.frames import FRAMES, RawTable, read_frame
from bayescale.errors import InputError


def read_table(source: object, numbers: Collection[str] = ()) -> RawTable:
    """Read a table.

    Parameters
    ----------
    source : str, os.PathLike or table
        Path of a file whose suffix is in `TABLE_FORMATS`, also compressed, "example:NAME", or a table in memory that
        `read_frame` converts.
    numbers : collection of str, default ()
        Columns of a text file that are float64 where all values are plain finite numbers or empty; else they are text.

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
    source : str, os.PathLike or table
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
    if isinstance(source, str) and source.startswith("example:"):
        data = example(source.removeprefix("example:")).read_bytes()
        return RawTable(parse_csv(data, source, numbers), source, typed=False)
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source), numbers)
    if (raw := read_frame(source)) is not None:
        return replace(raw, table=plain_frame(raw.table))
    raise InputError(
        f"Cannot read runs from {type(source).__name__}: give a path ({', '.join(TABLE_FORMATS)}), {FRAMES}, a list of "
        "dicts, a dict of lists, or 'example:pile'."
    )


def _from_path(source: str | bytes, numbers: Collection[str]) -> RawTable:
    path = require_file(source, TABLE_FORMATS)
    name, table_format = os.fsdecode(source), TABLE_FORMATS[suffix_of(path.name)]
    try:
        data = unpacked(path.read_bytes(), name)
        may_be_cut = table_format.is_text and not data.endswith((b"\n", b"\r"))
        separator = table_format.separator
        table = parse_csv(data, name, numbers, separator) if separator else table_format.parse(data, name)
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
