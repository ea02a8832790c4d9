"""From what was given to a table or files of one kind, and the names of their columns; no file is read whole here."""

import glob
import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.attempts.files import column_names, row_count
from bayescale.data.columns import require_unique
from bayescale.data.io import checked_path, read_table
from bayescale.errors import InputError, closest

#: What is read, by suffix; files that are read together are of one kind.
KINDS = {
    ".csv": "CSV",
    ".parquet": "Parquet",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".eval": "Inspect logs",
    ".json": "Inspect logs",
}

_INDEX = re.compile(r"__index_level_\d+__")  # what pandas adds to Parquet files for row labels


def opened(source: object) -> tuple[str, pd.DataFrame | list[Path]]:
    """What the source is called, and its table or its files: all that exist under the paths and patterns given.

    Raises InputError for anything that is not a path, a pattern, a list of these, a DataFrame or "example:NAME"; for
    files that are missing, given twice, or of different kinds.
    """
    if isinstance(source, pd.DataFrame) or (isinstance(source, str) and source.startswith("example:")):
        raw = read_table(source)
        return raw.source, raw.table
    given = list(source) if isinstance(source, list | tuple) else [source]
    named_paths = [os.fsdecode(one) for one in given if isinstance(one, str | os.PathLike)]
    if not given or len(named_paths) < len(given):
        odd = [type(one).__name__ for one in given if not isinstance(one, str | os.PathLike)] or ["an empty list"]
        raise InputError(
            f"Cannot read trials from {odd[0]}: give a path ({', '.join(KINDS)}), a pattern such as 'runs/*.parquet', "
            "a list of these, or a pandas DataFrame."
        )
    paths = [path for one in named_paths for path in _paths(one)]
    name = listing([str(path) for path in paths])
    kinds = sorted({kind(path) for path in paths})
    if len(kinds) > 1:
        raise InputError(f"{name}: files of several kinds ({', '.join(kinds)}); read one kind at a time.")
    resolved = [path.resolve() for path in paths]
    twice = sorted({str(path) for path in resolved if resolved.count(path) > 1})
    if twice:
        raise InputError(f"{name}: the same file more than once ({listing(twice)}); its trials would count twice.")
    return name, paths


def require_different(paths: Sequence[Path], least: int = 1) -> None:
    """Raise InputError where two files of `least` rows or more hold the same bytes: their attempts would count
    twice."""
    sizes = Counter(path.stat().st_size for path in paths)
    same: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        if sizes[path.stat().st_size] > 1 and (least == 1 or row_count(path, least) >= least):
            with path.open("rb") as file:
                same[hashlib.file_digest(file, "sha256").hexdigest()].append(str(path))
    twice = [" and ".join(names) for names in same.values() if len(names) > 1]
    if twice:
        raise InputError(
            f"{listing([str(path) for path in paths])}: files with the same bytes ({listing(twice, separator='; ')}); "
            "their attempts would count twice. Leave the copies out; different attempts that happen to be written "
            "alike need a column 'attempt' that numbers them."
        )


def kind(path: Path) -> str:
    """The kind of a file that `opened` has let through."""
    return KINDS[path.suffix.lower()]


def _paths(given: str) -> list[Path]:
    """The file of that name, or else the files that a pattern matches, sorted."""
    if not set("*?[") & set(given) or "\0" in given or "://" in given or os.path.lexists(os.path.expanduser(given)):
        return [checked_path(given, tuple(KINDS))]
    found = sorted(glob.glob(os.path.expanduser(given), recursive=True))
    if not found:
        raise InputError(f"{given}: no file matches this pattern.")
    return [checked_path(one, tuple(KINDS)) for one in found]


def named(
    given: pd.DataFrame | Sequence[Path], source: str, rename: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """{our name: theirs} of the columns, in their order, and what is wrong with `rename`.

    Raises InputError where two columns carry one name, and where files do not have the same columns (keys of JSON
    lines may be left out).
    """
    theirs = list(given.columns) if isinstance(given, pd.DataFrame) else _common_names(given, source)
    require_unique(theirs, source)
    problems = []
    for name, ours in rename.items():
        if name not in theirs:
            turned = f" rename is {{theirs: ours}}: write {{{ours!r}: {name!r}}}." if ours in theirs else ""
            problems.append(f"rename: {name!r} is not a column of the source.{turned or closest(name, theirs)}")
    renamed = [rename.get(name, name) for name in theirs]
    require_unique(renamed, f"{source} after rename")
    pairs = zip(renamed, theirs, strict=True)
    return {ours: name for ours, name in pairs if name and ours and not _INDEX.fullmatch(ours)}, problems


def _common_names(paths: Sequence[Path], source: str) -> list[str]:
    found = {path: column_names(path) for path in paths}
    every = list(dict.fromkeys(name for names in found.values() for name in names))
    if kind(paths[0]) != "JSON lines":
        for names in found.values():
            require_unique(names, source)
        for name in every:
            without = [path.name for path, names in found.items() if name not in names]
            if without:
                raise InputError(
                    f"{source}: these files are not one table: {listing(without)} without the column {name!r}; give "
                    "every file the same columns."
                )
    folded = [name.casefold() for name in every]
    alike = [repr(name) for name, fold in zip(every, folded, strict=True) if folded.count(fold) > 1]
    if len(set(every)) == len(every) and alike:
        raise InputError(
            f"{source}: the columns {', '.join(alike)} differ only in upper and lower case; rename one in the source."
        )
    return every
