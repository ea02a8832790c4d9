"""From a file, a DataFrame or a shipped example to a raw table; no meaning is given to any column here.

Whatever is wrong with the file itself is one InputError that names the path, the line and the fix.
"""

import csv
import io
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.limits import strict_json
from bayescale.core.paths import unreadable_kind
from bayescale.core.text import listing
from bayescale.data.columns import is_blank
from bayescale.data.examples import example
from bayescale.data.plain_csv import plain_csv
from bayescale.errors import InputError, closest

#: The note on a text file whose last row is used though no line break follows it.
POSSIBLY_CUT = "{name}: does not end with a line break; if it is still being written, its last row may be cut."


@dataclass(frozen=True, eq=False)
class Raw:
    """A table as it came: `typed` is False where every value is still text (CSV)."""

    table: pd.DataFrame
    source: str
    typed: bool = True
    notes: tuple[str, ...] = ()


def read_table(source: object) -> Raw:
    """Read .csv, .parquet, .jsonl or .ndjson, a DataFrame, or "example:NAME".

    Raises InputError for anything else, for a file that cannot be read whole, and for a table without rows or columns.
    """
    raw = _read(source)
    if not len(raw.table.columns):
        raise InputError(f"{raw.source}: the table has no columns; give a header and one row per measurement.")
    if raw.table.empty:
        shown = ", ".join(map(str, raw.table.columns[:12]))
        raise InputError(f"{raw.source}: the table has columns ({shown}) but no rows; give one row per measurement.")
    return raw


def column_names(source: object) -> list[str]:
    """Names of a source's columns; none where it cannot be read."""
    try:
        return list(map(str, read_table(source).table.columns))
    except InputError:
        return []


def _read(source: object) -> Raw:
    if isinstance(source, pd.DataFrame):
        return Raw(_from_frame(source), "DataFrame")
    if isinstance(source, str) and source.startswith("example:"):
        text = example(source.removeprefix("example:")).read_text(encoding="utf-8")
        return Raw(_from_csv(text, source), source, typed=False)
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source))
    raise InputError(
        f"Cannot read runs from {type(source).__name__}: give a path ({', '.join(PARSERS)}), a pandas DataFrame, "
        "or 'example:pile'."
    )


def _from_path(given: str | bytes) -> Raw:
    path = checked_path(given, tuple(PARSERS))
    name, suffix = os.fsdecode(given), path.suffix.lower()
    try:
        data = path.read_bytes()
        cut = suffix != ".parquet" and not data.endswith((b"\n", b"\r"))
        return Raw(PARSERS[suffix](data, name), name, suffix != ".csv", (POSSIBLY_CUT.format(name=name),) * cut)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error


def checked_path(given: str | bytes, suffixes: Collection[str]) -> Path:
    """The path of a file that exists and ends in one of `suffixes` (lower case, any case in the name).

    Raises InputError for addresses, directories, missing files and other suffixes, with the closest file beside it.
    """
    name = os.fsdecode(given)
    if "://" in name:
        raise InputError(f"{name}: addresses are not read; download the file and give its path.")
    try:
        path = Path(name).expanduser()
        suffix = path.suffix.lower()
        if path.is_dir():
            raise InputError(f"{name}: is a directory; give one file in it.{_neighbours(path, '', suffixes)}")
        if kind := unreadable_kind(path):
            raise InputError(f"{name}: {kind}.")
        if not path.exists():
            raise InputError(f"{name}: there is no such file.{_neighbours(path.parent, path.name, suffixes)}")
        if suffix not in suffixes:
            conversion = CONVERSIONS.get(suffix, "save the table")
            raise InputError(
                f"{name}: the suffix {path.suffix!r} is not read; {conversion} as one of {', '.join(suffixes)}."
            )
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise unreadable(name, error) from error
    return path


def unreadable(name: str, error: BaseException) -> InputError:
    """What to raise where a file could not be read at all."""
    return InputError(f"{name}: the file cannot be read ({_first_line(error)}).")


def _neighbours(folder: Path, name: str, suffixes: Collection[str]) -> str:
    """The closest readable file in `folder`, where there is one."""
    if not folder.is_dir():
        return f" Nor is there a directory {str(folder)!r}."
    return closest(name, [entry.name for entry in folder.iterdir() if entry.suffix.lower() in suffixes])


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _from_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy with text column names; index levels that carry a name become columns, empty rows at the end go."""
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError("DataFrame: its columns have several levels; flatten them to one name each.")
    frame = frame.iloc[: _length(frame)]
    table = frame.reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    for level, name in enumerate(frame.index.names):
        if name is not None and str(name) not in table.columns:
            table[str(name)] = frame.index.get_level_values(level).to_numpy()
    return table


def _length(frame: pd.DataFrame) -> int:
    """Rows up to the last one that holds a value."""
    if frame.empty or not all(map(is_blank, frame.iloc[-1].tolist())):
        return len(frame)
    filled = np.flatnonzero(~frame.map(is_blank).all(axis=1).to_numpy())
    return int(filled[-1]) + 1 if len(filled) else 0


def _decode(data: bytes, name: str) -> str:
    if b"\0" in data:
        raise InputError(f"{name}: is not a text file (it holds NUL bytes); save the table as UTF-8 text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}: line {line} is not UTF-8 text; save the table as UTF-8.") from error


def _parse_csv(data: bytes, name: str) -> pd.DataFrame:
    return _from_csv(_decode(data, name), name)


def _from_csv(text: str, name: str) -> pd.DataFrame:
    """Every value as text, so that what is no number can still be named as written.

    Empty lines are no rows, nor are lines of commas, which spreadsheets write below a table.
    """
    if (plain := plain_csv(text)) is not None:
        names, table = plain
        return table.set_axis(pd.Index(csv_names(names, name), dtype=object), axis=1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, fields) for fields in reader if any(map(str.strip, fields))]
    except csv.Error as error:
        raise InputError(
            f"{name}: line {reader.line_num} is not CSV ({_first_line(error)}); check for an unclosed quote."
        ) from error
    if not lines:
        raise InputError(f"{name}: the file is empty; give a header line and one row per measurement.")
    header = csv_names(lines[0][1], name)
    _require_even(lines, len(header), name)
    return pd.DataFrame([fields for _, fields in lines[1:]], columns=pd.Index(header, dtype=object), dtype=object)


def csv_names(fields: Sequence[str], name: str) -> list[str]:
    """Column names from the fields of the first line; a blank one in third place is "unnamed_3".

    Raises InputError where another mark than the comma separates columns.
    """
    header = [field.strip() for field in fields]
    if len(header) == 1 and (other := next((mark for mark in ";\t|" if mark in header[0]), None)):
        raise InputError(f"{name}: columns are separated by {other!r}; save the file with commas between columns.")
    return [field or f"unnamed_{place}" for place, field in enumerate(header, start=1)]


def _require_even(lines: list[tuple[int, list[str]]], width: int, name: str) -> None:
    uneven = [
        f"line {line} (row {row}) has {len(fields)}" for row, (line, fields) in enumerate(lines) if len(fields) != width
    ]
    if uneven:
        raise InputError(
            f"{name}: the header has {width} columns, but {listing(uneven)}; "
            'check for missing or extra commas (a number such as 1,000 needs quotes: "1000" is better).'
        )


def _parse_jsonl(data: bytes, name: str) -> pd.DataFrame:
    records: list[dict[str, Any]] = []
    broken: list[str] = []
    for number, line in enumerate(_decode(data, name).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = strict_json(line)
        except (ValueError, RecursionError) as error:
            broken.append(f"line {number}: {_first_line(error)}")
            continue
        if isinstance(record, dict):
            records.append(record)
        else:
            broken.append(f"line {number}: {type(record).__name__}, not an object")
    if broken:
        raise InputError(
            f'{name}: every line must be one JSON object such as {{"model": "a", "loss": 2.1}}; '
            f"{listing(broken, separator='; ')}."
        )
    if not records:
        raise InputError(f"{name}: the file is empty; give one JSON object per row.")
    return _from_frame(pd.DataFrame.from_records(records))


def _parse_parquet(data: bytes, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _from_frame(pq.ParquetFile(io.BytesIO(data)).read().to_pandas())
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{name}: is not a whole Parquet file ({_first_line(error)}); it may be truncated: write it again."
        ) from error


PARSERS: dict[str, Callable[[bytes, str], pd.DataFrame]] = {
    ".csv": _parse_csv,
    ".parquet": _parse_parquet,
    ".jsonl": _parse_jsonl,
    ".ndjson": _parse_jsonl,
}

CONVERSIONS = {
    ".gz": "decompress it, or save the table",
    ".zip": "decompress it, or save the table",
    ".xlsx": "export the sheet",
    ".xls": "export the sheet",
    ".tsv": "save it with commas between columns,",
    ".json": "write one object a line and save it",
    ".pkl": "pickles can run code: write the table again",
    ".pickle": "pickles can run code: write the table again",
}
