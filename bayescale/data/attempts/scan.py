"""Attempts in DuckDB: a connection that can read the named files and nothing else, and rows located in them."""

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
from bayescale.data.attempts.files import file_reader, invalid_lines, literal
from bayescale.data.columns import as_text
from bayescale.errors import InputError

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"  # limit of DuckDB; it writes to disk beyond
THREADS = 8  # at most: each has buffers for a text file, which are part of that memory

_READ_TYPES = {  # values of other types are read as text
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "VARCHAR", "JSON"),
}


@dataclass(frozen=True, eq=False)
class Scan:
    """Attempts as DuckDB reads them; the columns have the names c0, c1 ... in every statement.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        The connection.
    parts : mapping of str to str
        SELECT of the rows of each file by its label, which is "" where there is one file.
    columns : mapping of str to str
        Names in statements by our names.
    types : mapping of str to str
        Types of DuckDB by our names.
    """

    connection: "duckdb.DuckDBPyConnection"
    parts: Mapping[str, str]
    columns: Mapping[str, str]
    types: Mapping[str, str]

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement.

        Parameters
        ----------
        sql : str
            The statement.

        Returns
        -------
        list of tuple
            The rows.
        """
        return self.connection.execute(sql).fetchall()

    def rows(self, names: Sequence[str]) -> str:
        """Return all rows as one relation; columns of unusual types are text.

        Parameters
        ----------
        names : sequence of str
            Our names of the columns.

        Returns
        -------
        str
            The relation.
        """
        taken = ", ".join(f"{self._taken(name)} AS {self.columns[name]}" for name in names)
        return f"(SELECT {taken} FROM ({' UNION ALL '.join(self.parts.values())}))"

    def _taken(self, name: str) -> str:
        column = self.columns[name]
        return column if self.types[name] in _READ_TYPES else f"CAST({column} AS VARCHAR)"

    def as_text(self, name: str) -> str:
        """Return an expression of a column's values as text.

        Parameters
        ----------
        name : str
            Our name of the column.

        Returns
        -------
        str
            The expression.
        """
        column = self.columns[name]
        return f"{column} ->> '$'" if self.types[name] == "JSON" else f"CAST({column} AS VARCHAR)"

    def keys(self, groups: Sequence[str]) -> list[str]:
        """Return the columns by which attempts are counted.

        Parameters
        ----------
        groups : sequence of str
            The group columns.

        Returns
        -------
        list of str
            The group columns, `problem`, and `cluster` where there is one.
        """
        return [*groups, "problem", *(["cluster"] if "cluster" in self.columns else [])]


@contextmanager
def scanned(data: pd.DataFrame | Sequence[Path], names: Mapping[str, str], source: str) -> Iterator[Scan]:
    """Open a frame or files for counting.

    Parameters
    ----------
    data : DataFrame or sequence of Path
        The attempts.
    names : mapping of str to str
        Names in the source by our names, of the columns to read.
    source : str
        What errors call the source.

    Yields
    ------
    Scan
        The attempts.

    Raises
    ------
    InputError
        If the rows cannot be read, here or in a statement on the scan.
    """
    import duckdb

    columns = {name: f"c{place}" for place, name in enumerate(names)}
    with tempfile.TemporaryDirectory(prefix="bayescale-") as scratch:
        connection = duckdb.connect(":memory:", config=_settings(scratch))
        try:
            if isinstance(data, pd.DataFrame):
                connection.register("attempts", _as_text_frame(data, names))
                parts, paths = {"": f"SELECT {', '.join(columns.values())} FROM attempts"}, []
            else:
                paths = [_plain(path, Path(scratch), place) for place, path in enumerate(data)]
                labels = [""] if len(data) == 1 else _labels(data)
                readers = [file_reader(path, list(names.values())) for path in paths]
                parts = dict(zip(labels, readers, strict=True))
            _lock(connection, paths)
            described = connection.execute(f"DESCRIBE {' UNION ALL '.join(parts.values())}").fetchall()
            types = {name: str(row[1]) for name, row in zip(columns, described, strict=True)}
            yield Scan(connection, parts, columns, types)
        except (duckdb.Error, UnicodeError) as error:  # UnicodeError: a name that is not Unicode
            invalid = [] if isinstance(data, pd.DataFrame) else invalid_lines(data)
            reason = "" if invalid else f" ({_reason(error)})"
            raise InputError(f"{source}: cannot be read{reason}", invalid) from error
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
    """A path without wildcards, which DuckDB expands: a link to the file where it has any."""
    if not set("*?[") & set(str(path)):
        return path
    link = scratch / f"{place}{path.suffix.lower()}"
    link.symlink_to(path.resolve())
    return link


def _labels(paths: Sequence[Path]) -> list[str]:
    """Labels of files in messages: the name, or the whole path where two files have one name."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _as_text_frame(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    try:
        texts = [[text or None for text in as_text(frame[name])] for name in names.values()]
        return pd.DataFrame({f"c{place}": pd.Series(text, dtype="str") for place, text in enumerate(texts)})
    except UnicodeError as error:
        raise InputError(f"DataFrame: a column holds text that is not Unicode ({error}).") from error


def _reason(error: BaseException) -> str:
    """The error of DuckDB, without its advice on its options."""
    message = re.split("Possible|Try setting", str(error))[0]
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return "; ".join(lines[:4])[:300] or type(error).__name__


def located(scan: Scan, name: str, condition: str) -> list[tuple[str, Any]]:
    """Return values of a column and their rows where a condition holds.

    Parameters
    ----------
    scan : Scan
        The attempts.
    name : str
        Our name of the column.
    condition : str
        The condition, in SQL.

    Returns
    -------
    list of (str, int or str)
        The first values and rows, at most one more than a message lists. A row is "3 of NAME" where there are several
        files.
    """
    located_rows: list[tuple[str, Any]] = []
    for label, part in scan.parts.items():
        numbered = f"SELECT row_number() OVER () AS row, * FROM ({part})"
        sql = f"SELECT {scan.as_text(name)}, row FROM ({numbered}) WHERE {condition} ORDER BY row"
        first = scan.run(f"{sql} LIMIT {SHOWN + 1 - len(located_rows)}")
        located_rows += [(text, f"{row} of {label}" if label else row) for text, row in first]
        if len(located_rows) > SHOWN:
            break
    return located_rows
