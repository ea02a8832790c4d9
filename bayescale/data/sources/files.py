"""Tables in files: paths, patterns and addresses of one format, joined with the union of their columns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.examples import example
from bayescale.data.file_paths import suffix_of, unsupported_suffix
from bayescale.data.sources.incomplete import complete_rows
from bayescale.data.sources.object_store import SourceFile, content_digest, digest, find_files
from bayescale.data.sources.table import SOURCE_FILE, OpenSource
from bayescale.data.tables.compression import unpacked
from bayescale.data.tables.formats import CSV, TABLE_FORMATS, TableFormat
from bayescale.errors import InputError

type Parse = Callable[[bytes, str], tuple[pd.DataFrame, tuple[Note, ...]]]


@dataclass(frozen=True)
class Files:
    """Tables in files of one format (`bayescale.data.tables.formats.TABLE_FORMATS`), also compressed.

    Several files are one table with the union of their columns; the column `source_file` names the file of each row.

    Attributes
    ----------
    patterns : str or tuple of str
        A path, a pattern ("runs/*.csv", "runs/**/*.parquet"), an address (s3://, gs://, abfs://, https://, extra
        `remote`; hf://, extra `huggingface`), "example:NAME", or several of these.
    timeout : float, default 30
        Seconds that a store may take to answer one request.
    complete_file : bool, default True
        Whether a last row of a text file that no line break follows is used, with a note. A scheduled job leaves it
        out until the line break is there: the row may be half written.
    """

    patterns: str | tuple[str, ...]
    timeout: float = 30.0
    complete_file: bool = True

    def __post_init__(self) -> None:
        check_patterns(self.patterns, self.timeout)


def check_patterns(patterns: str | Sequence[str], timeout: float) -> None:
    """Require at least one pattern, text in each, and a positive timeout.

    Parameters
    ----------
    patterns : str or sequence of str
        Paths, patterns and addresses.
    timeout : float
        Seconds for one request.

    Raises
    ------
    InputError
        If one of these does not hold.
    """
    texts = as_patterns(patterns)
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise InputError(f"patterns={patterns!r}: give a path or pattern, or several, such as 'runs/*.csv'.")
    if not timeout > 0:
        raise InputError(f"timeout={timeout!r} must be more than 0 (seconds).")


def as_patterns(patterns: str | Sequence[str]) -> tuple[str, ...]:
    """Return one or several patterns as a tuple.

    Parameters
    ----------
    patterns : str or sequence of str
        The patterns.

    Returns
    -------
    tuple of str
        The patterns.
    """
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


@contextmanager
def open_files(source: Files) -> Iterator[OpenSource]:
    """Open the files under the source's patterns, each a part.

    Parameters
    ----------
    source : Files
        The source.

    Yields
    ------
    OpenSource
        The files.

    Raises
    ------
    InputError
        If a pattern has no file, a file is not a table, or the files have several formats.
    """
    patterns = as_patterns(source.patterns)
    files = [_example(pattern) for pattern in patterns if pattern.startswith("example:")]
    files += find_files([pattern for pattern in patterns if not pattern.startswith("example:")], source.timeout)
    table_format = _common_format(files)
    yield open_tables(files, partial(_parse, table_format, source.complete_file), typed=table_format.typed)


def open_tables(files: Sequence[SourceFile], parse: Parse, *, typed: bool) -> OpenSource:
    """Open files of tables; `source_file` is added where their rows do not have it.

    Parameters
    ----------
    files : sequence of SourceFile
        The files, each a part.
    parse : callable
        Makes rows and notes of the bytes and the name of a file.
    typed : bool
        Whether numbers are numbers, not text.

    Returns
    -------
    OpenSource
        The files.
    """
    by_name = {file.name: file for file in files}

    def read(name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        file = by_name[name]
        try:
            data = unpacked(file.read(), name)
        except OSError as error:
            raise InputError(f"{name}: the file cannot be read ({error.strerror or error}).") from error
        rows, notes = parse(data, name)
        return (rows if SOURCE_FILE in rows else rows.assign(**{SOURCE_FILE: file.relative_path})), notes

    stamps = {file.name: file.stamp for file in files}
    return OpenSource(listing(list(by_name)), stamps, read, typed, mark=lambda name: content_digest([by_name[name]]))


def _common_format(files: Sequence[SourceFile]) -> TableFormat:
    """The format of all files. Raises InputError naming every file that has another or none."""
    names: dict[TableFormat, list[str]] = {}
    problems = []
    for file in files:
        suffix = suffix_of(file.name)
        if suffix in TABLE_FORMATS or file.name.startswith("example:"):
            names.setdefault(TABLE_FORMATS.get(suffix, CSV), []).append(file.name)
        else:
            problems.append(unsupported_suffix(file.name, suffix, TABLE_FORMATS))
    if problems:
        raise InputError("Files that are not tables; name others, or narrow the pattern", problems)
    if len(names) > 1:
        by_format = [f"{table_format.name}: {listing(members)}" for table_format, members in names.items()]
        raise InputError("Files of several formats; read one format at a time", by_format)
    return next(iter(names))


def _parse(
    table_format: TableFormat, complete_file: bool, data: bytes, name: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    notes: tuple[Note, ...] = ()
    if table_format.is_text:
        data, notes = complete_rows(data, name, complete_file=complete_file)
        if not data and notes:
            return pd.DataFrame(), notes
    rows = table_format.parse(data, name)
    if rows.empty:
        notes = (Note("no_rows", f"{name}: the table has columns but no rows.", (name,)), *notes)
    return rows, notes


def _example(name: str) -> SourceFile:
    data = example(name.removeprefix("example:")).read_bytes()
    return SourceFile(name, name, digest(data), lambda: data, lambda: digest(data))
