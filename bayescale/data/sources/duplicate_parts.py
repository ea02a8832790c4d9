"""Parts of a source with the same rows: one file under two names, logs of a run copied to another folder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.sources.object_store import SourceFile
from bayescale.data.sources.table import SOURCE_FILE, Part, rows_stamp
from bayescale.errors import InputError


def require_different_rows(parts: Sequence[Part], source: str) -> None:
    """Require that no two parts hold the same rows, in any order of rows and columns.

    Parts of one row are not compared: two trainings may agree in one rounded number.

    Parameters
    ----------
    parts : sequence of Part
        The parts.
    source : str
        What the error calls the source.

    Raises
    ------
    InputError
        If two parts of two rows or more hold the same rows.
    """
    compared = [part for part in parts if len(part.rows) > 1]
    if len(compared) < 2:
        return
    same: defaultdict[object, list[str]] = defaultdict(list)
    for candidates in _grouped({part.name: _quick_key(_content(part)) for part in compared}):
        for part in compared:
            if part.name in candidates:
                same[rows_stamp(_content(part))].append(part.name)
    _refuse([names for names in same.values() if len(names) > 1], source)


def require_different_files(groups: Mapping[str, Sequence[SourceFile]], source: str) -> None:
    """Require that no two groups of files are the same, byte for byte.

    Parameters
    ----------
    groups : mapping of str to sequence of SourceFile
        Files by group, such as the logs of a run.
    source : str
        What the error calls the source.

    Raises
    ------
    InputError
        If two groups are the same.
    """
    sizes = {name: tuple(file.stamp.partition(" ")[0] for file in files) for name, files in groups.items()}
    alike = _grouped({name: size for name, size in sizes.items() if all(size)})
    same = [
        names
        for candidates in alike
        for names in _grouped({name: tuple(file.mark() for file in groups[name]) for name in candidates})
    ]
    _refuse(same, source)


def _grouped(keys: Mapping[str, object]) -> list[list[str]]:
    """The names that share a key with another name, key by key."""
    groups: defaultdict[object, list[str]] = defaultdict(list)
    for name, key in keys.items():
        groups[key].append(name)
    return [names for names in groups.values() if len(names) > 1]


def _refuse(groups: Sequence[Sequence[str]], source: str) -> None:
    problems = [
        f"{listing(names)} hold the same rows, which would count as evidence {len(names)} times; name one of them."
        for names in groups
    ]
    if problems:
        raise InputError(f"{source}: the same rows more than once", problems)


def _content(part: Part) -> pd.DataFrame:
    return part.rows.drop(columns=SOURCE_FILE, errors="ignore")


def _quick_key(rows: pd.DataFrame) -> object:
    """A key that equal parts share, found quickly."""
    names = sorted(map(str, rows.columns))
    try:
        total = int(pd.util.hash_pandas_object(rows[names], index=False).sum())
    except TypeError:  # lists and the like cannot be hashed
        total = 0
    return len(rows), tuple(names), total
