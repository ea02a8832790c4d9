"""Parts of a source that hold the same rows: a file given under two names, logs of a run copied to another folder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.sources.object_store import Place
from bayescale.data.sources.table import SOURCE_FILE, Part, rows_stamp
from bayescale.errors import InputError


def require_different_rows(parts: Sequence[Part], source: str) -> None:
    """Raise InputError where parts of two rows or more hold the same rows, in any order of rows and columns.

    Parts of one row are left to the checks of the whole table: two trainings may agree in one rounded number.
    """
    several = [part for part in parts if len(part.rows) > 1]
    if len(several) < 2:
        return
    same: defaultdict[object, list[str]] = defaultdict(list)
    for candidates in _grouped({part.name: _quick_key(_content(part)) for part in several}):
        for part in several:
            if part.name in candidates:
                same[rows_stamp(_content(part))].append(part.name)
    _refuse([names for names in same.values() if len(names) > 1], source)


def require_different_files(groups: Mapping[str, Sequence[Place]], source: str) -> None:
    """Raise InputError where two groups of files (the logs of a run each) are the same, byte for byte."""
    sizes = {name: tuple(place.stamp.partition(" ")[0] for place in found) for name, found in groups.items()}
    alike = _grouped({name: size for name, size in sizes.items() if all(size)})
    same = [
        names
        for candidates in alike
        for names in _grouped({name: tuple(place.mark() for place in groups[name]) for name in candidates})
    ]
    _refuse(same, source)


def _grouped(keys: Mapping[str, object]) -> list[list[str]]:
    """Names that have one key, where there are several."""
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
