"""The table or files of a source of trials, all of one format, and the names of their columns.

No file is read whole here.
"""

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.attempts.files import file_columns, row_count
from bayescale.data.attempts.local_files import local_files
from bayescale.data.column_names import rename_problems, require_unique
from bayescale.data.file_paths import is_pattern, matching_files, no_match, require_file, suffix_of, unsupported_suffix
from bayescale.data.io import read_table
from bayescale.data.tables.formats import DATABASE_SUFFIXES, EXCEL, JSON_LINES, LOG_SUFFIXES, TABLE_FORMATS
from bayescale.data.tables.frames import FRAMES, read_frame
from bayescale.errors import InputError

LOGS, DATABASES = "evaluation logs", "databases of attempts"
#: Names of the formats by suffix; files that are read together have one format.
FORMAT_NAMES = {
    **{suffix: table_format.name for suffix, table_format in TABLE_FORMATS.items()},
    **dict.fromkeys(LOG_SUFFIXES, LOGS),
    **dict.fromkeys(DATABASE_SUFFIXES, DATABASES),
}

_INDEX = re.compile(r"__index_level_\d+__")  # columns that pandas adds to Parquet files for row labels


type Opened = tuple[str, pd.DataFrame | list[Path], tuple[Note, ...]]


@contextmanager
def opened_source(source: object) -> Iterator[Opened]:
    """Open the table or the files of a source, for as long as they are read.

    Parameters
    ----------
    source : str, os.PathLike, sequence of these, or table
        Paths, patterns and addresses, "example:NAME", or a table in memory.

    Yields
    ------
    name : str
        The name of the source.
    data : DataFrame or list of Path
        The table, or all files under the paths and patterns; copies of those that are compressed or elsewhere.
    notes : tuple of Note
        Notes on the table.

    Raises
    ------
    InputError
        If the source is none of these, or files are missing, named twice or of different formats.
    """
    if isinstance(source, str) and source.startswith("example:"):
        yield source, read_table(source).table, ()
        return
    if not isinstance(source, str | os.PathLike) and (raw := read_frame(source)) is not None:
        yield raw.source, read_table(raw.table).table, raw.notes
        return
    names = _named_files(source)
    with local_files(names) as paths:
        name = listing(names)
        formats = sorted({format_name(path) for path in paths})
        if len(formats) > 1:
            raise InputError(f"{name}: files of several formats ({', '.join(formats)}); read one format at a time.")
        if formats == [EXCEL.name]:
            yield name, pd.concat([read_table(path).table for path in paths], ignore_index=True), ()
        else:
            yield name, paths, ()


def _named_files(source: object) -> list[str]:
    """The paths and addresses of a source, patterns of this machine expanded."""
    items = list(source) if isinstance(source, list | tuple) else [source]
    patterns = [os.fsdecode(item) for item in items if isinstance(item, str | os.PathLike)]
    if not items or len(patterns) < len(items):
        types = [type(item).__name__ for item in items if not isinstance(item, str | os.PathLike)] or ["an empty list"]
        raise InputError(
            f"Cannot read trials from {types[0]}: give a path ({', '.join(FORMAT_NAMES)}), a pattern such as "
            f"'runs/*.parquet', a list of these, {FRAMES}, a list of dicts, or a dict of lists."
        )
    names = [name for pattern in patterns for name in ([pattern] if "://" in pattern else map(str, _paths(pattern)))]
    resolved = [name if "://" in name else str(Path(name).resolve()) for name in names]
    repeated = sorted({name for name in resolved if resolved.count(name) > 1})
    if repeated:
        raise InputError(
            f"{listing(names)}: the same file more than once ({listing(repeated)}), so that its trials would count "
            "twice; name it once."
        )
    return names


def require_different(paths: Sequence[Path], least: int = 1) -> None:
    """Require that no two files hold the same bytes: their attempts would count twice.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    least : int, default 1
        Least number of rows of the files that are compared.

    Raises
    ------
    InputError
        If two files hold the same bytes.
    """
    sizes = Counter(path.stat().st_size for path in paths)
    names_by_digest: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        if sizes[path.stat().st_size] > 1 and (least == 1 or row_count(path, least) >= least):
            with path.open("rb") as file:
                names_by_digest[hashlib.file_digest(file, "sha256").hexdigest()].append(str(path))
    copies = [" and ".join(names) for names in names_by_digest.values() if len(names) > 1]
    if copies:
        raise InputError(
            f"{listing([str(path) for path in paths])}: files with the same bytes ({listing(copies, separator='; ')}), "
            "so that their attempts would count twice. Leave the copies out; different attempts with equal rows need a "
            "column 'attempt' that numbers them."
        )


def format_name(path: Path) -> str:
    """Return the name of the format of a file.

    Parameters
    ----------
    path : Path
        A file that `opened_source` yields.

    Returns
    -------
    str
        "CSV", "Parquet", "JSON lines", "evaluation logs" ...
    """
    suffix = suffix_of(path.name)
    if suffix not in FORMAT_NAMES:  # of an address; the others are checked before
        raise InputError(unsupported_suffix(str(path), suffix, FORMAT_NAMES))
    return FORMAT_NAMES[suffix]


def _paths(pattern: str) -> list[Path]:
    """The file of that name, or else the files that a pattern matches, sorted."""
    if not is_pattern(pattern) or "\0" in pattern or os.path.lexists(os.path.expanduser(pattern)):
        return [require_file(pattern, FORMAT_NAMES)]
    paths, _ = matching_files(pattern)
    if not paths:
        raise no_match(pattern)
    return [require_file(str(path), FORMAT_NAMES) for path in paths]


def named_columns(
    data: pd.DataFrame | Sequence[Path], source: str, rename: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the columns of a source under their new names.

    Parameters
    ----------
    data : DataFrame or sequence of Path
        The table or files. Keys of JSON lines may be missing in some files.
    source : str
        What errors call the source.
    rename : mapping of str to str
        New names by the names in the source.

    Returns
    -------
    names : dict of str to str
        Names in the source by new name, in their order.
    problems : list of str
        Messages on `rename`.

    Raises
    ------
    InputError
        If two columns have one name, or files do not have the same columns.
    """
    source_names = list(data.columns) if isinstance(data, pd.DataFrame) else _common_names(data, source)
    require_unique(source_names, source)
    new_names = [rename.get(name, name) for name in source_names]
    require_unique(new_names, f"{source} after rename")
    pairs = zip(new_names, source_names, strict=True)
    names = {new: name for new, name in pairs if name and new and not _INDEX.fullmatch(new)}
    return names, rename_problems(rename, source_names)


def _common_names(paths: Sequence[Path], source: str) -> list[str]:
    columns = {path: file_columns(path) for path in paths}
    every = list(dict.fromkeys(name for names in columns.values() for name in names))
    if format_name(paths[0]) != JSON_LINES.name:
        for names in columns.values():
            require_unique(names, source)
        sets = {path: frozenset(names) for path, names in columns.items()}
        for name in every:
            without = [path.name for path, names in sets.items() if name not in names]
            if without:
                raise InputError(
                    f"{source}: these files are not one table: {listing(without)} without the column {name!r}; give "
                    "every file the same columns."
                )
    folded = Counter(name.casefold() for name in every)
    alike = [repr(name) for name in every if folded[name.casefold()] > 1]
    if len(set(every)) == len(every) and alike:
        raise InputError(
            f"{source}: the columns {', '.join(alike)} differ only in upper and lower case; rename one in the source."
        )
    return every
