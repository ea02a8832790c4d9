"""Files with one row per attempt: which columns they have, found without reading them, and how DuckDB reads their rows.

Names of files and columns are anybody's text: they enter a statement only through `literal` and `identifier`.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayescale.core.text import SHOWN, listing
from bayescale.data.io import csv_names, unreadable
from bayescale.errors import InputError

SUFFIXES = (".csv", ".parquet", ".jsonl", ".ndjson")
_PLACES, _BYTES = 64, 1 << 16  # how many pieces of a JSON lines file are looked at for its keys, and how large they are
_LONGEST_LINE = 1 << 24


def literal(text: str) -> str:
    """Any text as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Any name but the empty one as a column name of SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_names(path: Path) -> list[str]:
    """The columns of a file, in order: a Parquet schema, a CSV header, the keys of JSON lines.

    Keys of JSON lines are those found in pieces spread evenly over the file, which is the whole file up to 4 MB.

    Raises InputError where the file is empty or not what its suffix says.
    """
    try:
        return _NAMES[path.suffix.lower()](path)
    except OSError as error:
        raise unreadable(str(path), error) from error


def _parquet_names(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [str(name) for name in pq.read_schema(path).names]
    except (pa.ArrowException, ValueError) as error:
        reason = (str(error).splitlines() or ["unknown"])[0]
        raise InputError(
            f"{path}: is not a whole Parquet file ({reason}); it may be truncated: write it again."
        ) from error


def _csv_names(path: Path) -> list[str]:
    return _csv_header(path)[1]


def _csv_header(path: Path) -> tuple[int, list[str]]:
    """How many empty lines stand before the header, and the header's names."""
    # What is not UTF-8 further down is for the reader of the rows to name, which knows the line.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        try:
            for empty, fields in enumerate(csv.reader(lines, strict=True)):
                if fields:
                    "".join(fields).encode()
                    return empty, csv_names(fields, str(path))
        except (csv.Error, UnicodeError) as error:
            raise InputError(f"{path}: the header is not CSV in UTF-8 ({error}); save the table again.") from error
    raise InputError(f"{path}: the file is empty; give a header line and one row per measurement.")


def json_keys(path: Path) -> list[str]:
    """The keys of the objects in JSON lines, in the order they are met; lines that are no objects are passed over."""
    keys: dict[str, None] = {}
    size = path.stat().st_size
    with path.open("rb") as file:
        for place in range(_PLACES):
            start = size * place // _PLACES
            file.seek(start)
            if start:
                file.readline(_LONGEST_LINE)  # the end of a line that began before
            while line := file.readline(_LONGEST_LINE):
                keys |= dict.fromkeys(_keys(line))
                if file.tell() >= start + _BYTES:
                    break
    if not keys:
        found = wrong_lines([path])
        says = "is not JSON lines" if found else "the file is empty"
        raise InputError(f"{path}: {says}; give one object a line.", found)
    return list(keys)


def _keys(line: bytes) -> list[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return list(record) if isinstance(record, dict) else []


def row_count(path: Path, most: int) -> int:
    """How many rows a file has at least, counted up to `most` in text."""
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    with path.open("rb") as lines:
        rows = sum(1 for _ in zip(range(most + 1), lines, strict=False))
    return rows - (path.suffix.lower() == ".csv")


_NAMES = {".parquet": _parquet_names, ".csv": _csv_names, ".jsonl": json_keys, ".ndjson": json_keys}


def file_reader(path: Path, names: Sequence[str]) -> str:
    """A SELECT of the columns `names` of a file, called c0, c1 ... there.

    Values of CSV are text and blanks NULL; values of JSON lines stay JSON, so that 7 and "7.0" remain what they are,
    and a key that a line does not have is NULL.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        taken = [identifier(name) for name in names]
        rows = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    elif suffix == ".csv":
        empty, header = _csv_header(path)
        taken = [f"f{header.index(name)}" for name in names]
        columns = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(header)))
        rows = (
            f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {empty}, "
            f"columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', nullstr = '', compression = 'none', "
            "hive_partitioning = false)"
        )
    else:
        taken = [identifier(name) for name in names]
        columns = ", ".join(f"{literal(name)}: 'JSON'" for name in names)
        rows = (
            f"read_json({literal(str(path))}, format = 'newline_delimited', columns = {{{columns}}}, "
            "compression = 'none', hive_partitioning = false)"
        )
    return f"SELECT {', '.join(f'{one} AS c{place}' for place, one in enumerate(taken))} FROM {rows}"


def wrong_lines(paths: Sequence[Path]) -> list[str]:
    """The first lines of JSON lines files that are no JSON objects; nothing is said of other files."""
    found: list[str] = []
    for path in paths:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            with path.open("rb") as lines:
                found += [
                    f"{path.name}, line {number}: {reason}"
                    for number, line in enumerate(lines, start=1)
                    if (reason := _wrong(line))
                ]
    return [listing(found, separator="; ")] if len(found) > SHOWN else found


def _wrong(line: bytes) -> str:
    if not line.strip():
        return ""
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        return str(error).splitlines()[0]
    return "" if isinstance(record, dict) else f"{type(record).__name__}, not an object"
