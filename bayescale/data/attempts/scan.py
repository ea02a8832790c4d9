"""Attempts as DuckDB sees them: a connection that can read the named files and nothing else, and rows found in them."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.core.text import SHOWN
from bayescale.data.attempts.files import file_reader, literal, wrong_lines
from bayescale.data.columns import as_text
from bayescale.errors import InputError

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"  # DuckDB's part; it writes to disk beyond
THREADS = 8  # at most: each holds buffers of its own of a text file, which are part of that memory

_KEPT = {  # other types are taken as the text DuckDB writes
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "VARCHAR", "JSON"),
}


@dataclass(frozen=True, eq=False)
class Scan:
    """Attempts as DuckDB reads them: our column names stand for c0, c1 ... in every statement."""

    connection: "duckdb.DuckDBPyConnection"
    parts: Mapping[str, str]  # label of a file, "" where there is one: the rows of that file
    columns: Mapping[str, str]
    types: Mapping[str, str]

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows a statement gives."""
        return self.connection.execute(sql).fetchall()

    def rows(self, names: Sequence[str]) -> str:
        """All rows as one relation; a column whose type is not kept is text."""
        taken = ", ".join(f"{self._taken(name)} AS {self.columns[name]}" for name in names)
        return f"(SELECT {taken} FROM ({' UNION ALL '.join(self.parts.values())}))"

    def _taken(self, name: str) -> str:
        column = self.columns[name]
        return column if self.types[name] in _KEPT else f"CAST({column} AS VARCHAR)"

    def shown(self, name: str) -> str:
        """A column's values as text to show."""
        column = self.columns[name]
        return f"{column} ->> '$'" if self.types[name] == "JSON" else f"CAST({column} AS VARCHAR)"

    def keys(self, groups: Sequence[str]) -> list[str]:
        """The columns that attempts are counted by."""
        return [*groups, "problem", *(["cluster"] if "cluster" in self.columns else [])]


@contextmanager
def scanned(given: pd.DataFrame | Sequence[Path], names: Mapping[str, str], source: str) -> Iterator[Scan]:
    """Open the frame or the files for counting; `names` is {ours: theirs} of the columns to read.

    Raises InputError where the rows cannot be read, here or in what is run on the scan.
    """
    import duckdb

    columns = {name: f"c{place}" for place, name in enumerate(names)}
    with tempfile.TemporaryDirectory(prefix="bayescale-") as scratch:
        connection = duckdb.connect(":memory:", config=_settings(scratch))
        try:
            if isinstance(given, pd.DataFrame):
                connection.register("attempts", _as_text_frame(given, names))
                parts, paths = {"": f"SELECT {', '.join(columns.values())} FROM attempts"}, []
            else:
                paths = [_plain(path, Path(scratch), place) for place, path in enumerate(given)]
                labels = [""] if len(given) == 1 else _labels(given)
                readers = [file_reader(path, list(names.values())) for path in paths]
                parts = dict(zip(labels, readers, strict=True))
            _lock(connection, paths)
            described = connection.execute(f"DESCRIBE {' UNION ALL '.join(parts.values())}").fetchall()
            types = {name: str(row[1]) for name, row in zip(columns, described, strict=True)}
            yield Scan(connection, parts, columns, types)
        except (duckdb.Error, UnicodeError) as error:  # UnicodeError: a name that is not Unicode
            wrong = [] if isinstance(given, pd.DataFrame) else wrong_lines(given)
            raise InputError(f"{source}: cannot be read{'' if wrong else f' ({_reason(error)})'}", wrong) from error
        finally:
            connection.close()


def _settings(scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": MEMORY,
        "threads": min(THREADS, os.cpu_count() or 1),
        "temp_directory": str(Path(scratch) / "spilled"),
    }


def _lock(connection: "duckdb.DuckDBPyConnection", paths: Sequence[Path]) -> None:
    """Allow reading the named files and nothing else from here on."""
    connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in paths)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _plain(path: Path, scratch: Path, place: int) -> Path:
    """A path without the characters that DuckDB takes for a pattern: a link to the file where it has any."""
    if not set("*?[") & set(str(path)):
        return path
    link = scratch / f"{place}{path.suffix.lower()}"
    link.symlink_to(path.resolve())
    return link


def _labels(paths: Sequence[Path]) -> list[str]:
    """What tells files apart in messages: the name, or the whole path where two have one name."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _as_text_frame(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    try:
        texts = [[text or None for text in as_text(frame[theirs])] for theirs in names.values()]
        return pd.DataFrame({f"c{place}": pd.Series(text, dtype="str") for place, text in enumerate(texts)})
    except UnicodeError as error:
        raise InputError(f"DataFrame: a column holds text that is not Unicode ({error}).") from error


def _reason(error: BaseException) -> str:
    """What DuckDB says is wrong, without its advice on its own options."""
    says = re.split("Possible|Try setting", str(error))[0]
    lines = [line.strip() for line in says.splitlines() if line.strip()]
    return "; ".join(lines[:4])[:300] or type(error).__name__


def located(scan: Scan, name: str, condition: str) -> list[tuple[str, Any]]:
    """Values of a column and their rows where `condition` holds, first rows first, at most one more than is shown."""
    found: list[tuple[str, Any]] = []
    for label, part in scan.parts.items():
        numbered = f"SELECT row_number() OVER () AS row, * FROM ({part})"
        sql = f"SELECT {scan.shown(name)}, row FROM ({numbered}) WHERE {condition} ORDER BY row"
        first = scan.run(f"{sql} LIMIT {SHOWN + 1 - len(found)}")
        found += [(text, f"{row} of {label}" if label else row) for text, row in first]
        if len(found) > SHOWN:
            break
    return found
