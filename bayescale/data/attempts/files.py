"""Files of trials: their columns, found without reading the rows, and the SQL by which DuckDB reads the rows.

Names of files and columns may be any text: they enter a statement only through `literal` and `identifier`.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayescale.core.text import SHOWN, listing
from bayescale.data.file_paths import unreadable_file
from bayescale.data.tables.csv_text import header_names
from bayescale.data.tables.formats import (
    CSV,
    JSON_LINES,
    PARQUET,
    TABLE_FORMATS,
    TSV,
    TableFormat,
    format_of,
    not_whole_parquet,
)
from bayescale.errors import InputError

_PIECES, _BYTES = 64, 1 << 16  # number and size of the pieces of a JSON lines file that are searched for keys
_LONGEST_LINE = 1 << 24


def literal(text: str) -> str:
    """Write a text as a string of SQL.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The quoted text.
    """
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Write a name as a column name of SQL.

    Parameters
    ----------
    name : str
        Any name but the empty one.

    Returns
    -------
    str
        The quoted name.
    """
    return '"' + name.replace('"', '""') + '"'


def file_columns(path: Path) -> list[str]:
    """Return the columns of a file: a Parquet schema, a CSV header, the keys of JSON lines.

    Keys of JSON lines are those in pieces spread evenly over the file, which is the whole file up to 4 MB.

    Parameters
    ----------
    path : Path
        A .csv, .tsv, .parquet, .jsonl or .ndjson file.

    Returns
    -------
    list of str
        The names in order.

    Raises
    ------
    InputError
        If the file is empty or not of the format of its suffix.
    """
    try:
        return _COLUMN_READERS[_format_of(path)](path)
    except OSError as error:
        raise unreadable_file(str(path), error) from error


def _format_of(path: Path) -> TableFormat:
    return TABLE_FORMATS[path.suffix.lower()]


def _parquet_columns(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [str(name) for name in pq.read_schema(path).names]
    except (pa.ArrowException, ValueError) as error:
        raise not_whole_parquet(str(path), error) from error


def _csv_columns(path: Path) -> list[str]:
    return _csv_header(path)[1]


def _csv_header(path: Path) -> tuple[int, list[str]]:
    """The number of empty lines before the header, and the header's names."""
    # The reader of the rows reports what is not UTF-8 further down, with its line.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        try:
            separator = _format_of(path).separator
            for n_empty, fields in enumerate(csv.reader(lines, strict=True, delimiter=separator)):
                if fields:
                    "".join(fields).encode()
                    return n_empty, header_names(fields, str(path), separator)
        except (csv.Error, UnicodeError) as error:
            raise InputError(f"{path}: the header is not CSV in UTF-8 ({error}); save the table again.") from error
    raise InputError(f"{path}: the file is empty; give a header line and one row per measurement.")


def json_keys(path: Path) -> list[str]:
    """Return the keys of the objects in JSON lines; lines that are not objects are skipped.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of str
        The keys in the order of their first occurrence.

    Raises
    ------
    InputError
        If the file has no object.
    """
    keys: dict[str, None] = {}
    size = path.stat().st_size
    with path.open("rb") as file:
        for piece in range(_PIECES):
            start = size * piece // _PIECES
            file.seek(start)
            if start:
                file.readline(_LONGEST_LINE)  # the end of a line that began before
            while line := file.readline(_LONGEST_LINE):
                keys |= dict.fromkeys(_keys(line))
                if file.tell() >= start + _BYTES:
                    break
    if not keys:
        invalid = invalid_lines([path])
        problem = "is not JSON lines" if invalid else "the file is empty"
        raise InputError(f"{path}: {problem}; give one object a line.", invalid)
    return list(keys)


def _keys(line: bytes) -> list[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return list(record) if isinstance(record, dict) else []


def row_count(path: Path, most: int) -> int:
    """Count the rows of a file; in a text file up to a bound.

    Parameters
    ----------
    path : Path
        A .csv, .tsv, .parquet, .jsonl or .ndjson file.
    most : int
        The bound.

    Returns
    -------
    int
        The number of rows.
    """
    if _format_of(path) is PARQUET:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    with path.open("rb") as lines:
        rows = sum(1 for _ in zip(range(most + 1), lines, strict=False))
    return rows - bool(_format_of(path).separator)


_COLUMN_READERS = {PARQUET: _parquet_columns, CSV: _csv_columns, TSV: _csv_columns, JSON_LINES: json_keys}


def file_reader(path: Path, names: Sequence[str]) -> str:
    """Return a SELECT of columns of a file, under the names c0, c1 ...

    Values of CSV are text, and NULL where blank. Values of JSON lines stay JSON, so that 7 and "7.0" differ; a key that
    a line does not have is NULL.

    Parameters
    ----------
    path : Path
        A .csv, .tsv, .parquet, .jsonl or .ndjson file.
    names : sequence of str
        Names of the columns in the file.

    Returns
    -------
    str
        The statement.
    """
    table_format = _format_of(path)
    if table_format is PARQUET:
        columns = [identifier(name) for name in names]
        rows = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    elif table_format.separator:
        n_empty, header = _csv_header(path)
        columns = [f"f{header.index(name)}" for name in names]
        types = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(header)))
        separator = literal(table_format.separator)
        rows = (
            f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {n_empty}, "
            f"columns = {{{types}}}, delim = {separator}, quote = '\"', escape = '\"', nullstr = '', "
            "compression = 'none', hive_partitioning = false)"
        )
    else:
        columns = [identifier(name) for name in names]
        types = ", ".join(f"{literal(name)}: 'JSON'" for name in names)
        rows = (
            f"read_json({literal(str(path))}, format = 'newline_delimited', columns = {{{types}}}, "
            "compression = 'none', hive_partitioning = false)"
        )
    return f"SELECT {', '.join(f'{column} AS c{place}' for place, column in enumerate(columns))} FROM {rows}"


def invalid_lines(paths: Sequence[Path]) -> list[str]:
    """Describe the lines of JSON lines files that are not JSON objects; files of other formats are skipped.

    Parameters
    ----------
    paths : sequence of Path
        The files.

    Returns
    -------
    list of str
        One message per line, or a listing of the first lines where there are many.
    """
    invalid: list[str] = []
    for path in paths:
        if format_of(path.name) is JSON_LINES:
            with path.open("rb") as lines:
                invalid += [
                    f"{path.name}, line {number}: {reason}"
                    for number, line in enumerate(lines, start=1)
                    if (reason := _invalid(line))
                ]
    return [listing(invalid, separator="; ")] if len(invalid) > SHOWN else invalid


def _invalid(line: bytes) -> str:
    """Why a line is not a JSON object; "" where it is one."""
    if not line.strip():
        return ""
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        return str(error).splitlines()[0]
    return "" if isinstance(record, dict) else f"{type(record).__name__}, not an object"
