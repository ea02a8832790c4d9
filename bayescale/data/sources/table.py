"""What a source gives: raw rows in parts, each with a stamp that changes whenever the part may have."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from bayescale.data.columns import canonical_rows

#: The column that says which file a row is of, relative to the folder that a pattern starts from.
SOURCE_FILE = "source_file"


@dataclass(frozen=True, eq=False)
class Part:
    """Rows that are read together (a file, a run, a query's result), as the source had them."""

    name: str
    stamp: str
    rows: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)  # tables do not compare to one truth value; compare digests
class Table:
    """Raw rows of a source, before any column has a meaning.

    of       the source that was read.
    source   what it is called, without secrets.
    parts    the rows in the pieces they were read in.
    fresh    names of the parts that were read this time; the others were taken from `since`.
    typed    False where numbers may still be text (CSV, parameters of a tracker).
    notes    what was left out or looks odd, one sentence each.
    """

    of: object
    source: str
    parts: tuple[Part, ...]
    fresh: tuple[str, ...]
    typed: bool = True
    notes: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> pd.DataFrame:
        """All rows, index 0..n-1, with the union of the parts' columns; a column that a part lacks is missing there."""
        frames = [part.rows for part in self.parts if len(part.rows)]
        if not frames:
            return self.parts[0].rows.copy() if self.parts else pd.DataFrame()
        return pd.concat(frames, ignore_index=True)

    @property
    def cursor(self) -> dict[str, str]:
        """{part: stamp}, for JSON: equal to `stamps(source)` later if nothing was changed, added or deleted since."""
        return {part.name: part.stamp for part in self.parts}

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the rows: the same for any order of rows, columns and parts, on any machine."""
        return _digest(self.rows)


def _digest(rows: pd.DataFrame) -> str:
    lines = [json.dumps(sorted(map(str, rows.columns))), *sorted(canonical_rows(rows))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def rows_stamp(rows: pd.DataFrame) -> str:
    """The stamp of a part of which the source tells nothing: made of its rows, which have to be read for it."""
    return f"rows {_digest(rows)[:16]}"


@dataclass(frozen=True)
class Look:
    """What stands in a source now: the stamp of every part, and how to read the rows of one.

    An empty stamp says that the source cannot tell. `read` gives the rows and notes of the part of that name; it raises
    InputError where the part itself is broken, and SourceError where the source as a whole is not to be had. `mark`
    gives a digest of what is in a part, where that is surer than its stamp and quicker than its rows; it stands
    without the name of the part.
    """

    source: str
    stamps: Mapping[str, str]
    read: Callable[[str], tuple[pd.DataFrame, tuple[str, ...]]]
    typed: bool = True
    notes: tuple[str, ...] = field(default=())
    mark: Callable[[str], str] | None = None
