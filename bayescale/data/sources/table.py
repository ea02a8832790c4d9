"""The raw rows of a source, in parts, each with a stamp that changes whenever the part may have changed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.canonical_rows import digest_of_rows

#: Column with the file of each row, relative to the folder that a pattern starts from.
SOURCE_FILE = "source_file"


@dataclass(frozen=True, eq=False)
class Part:
    """Rows that are read together (a file, a run, the result of a query), as the source has them.

    Attributes
    ----------
    name : str
        Name of the part.
    stamp : str
        A text that changes whenever the part may have changed.
    rows : DataFrame of shape (n_rows, n_columns)
        The rows.
    notes : tuple of Note, default ()
        What is left out or looks odd.
    """

    name: str
    stamp: str
    rows: pd.DataFrame
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)  # tables do not compare to one truth value; compare digests
class Table:
    """Raw rows of a source; columns have no meaning here.

    Attributes
    ----------
    of : source
        The source that was read.
    source : str
        Its name, without secrets.
    parts : tuple of Part
        The rows in the pieces they were read in.
    fresh : tuple of str
        Names of the parts that were read this time; the others were taken from `since`.
    typed : bool, default True
        False where numbers may still be text (CSV, parameters of a tracker).
    notes : tuple of Note, default ()
        What is left out or looks odd, one sentence each.
    """

    of: object
    source: str
    parts: tuple[Part, ...]
    fresh: tuple[str, ...]
    typed: bool = True
    notes: tuple[Note, ...] = ()

    @cached_property
    def rows(self) -> pd.DataFrame:
        """All rows, index 0..n-1, with the union of the parts' columns; NaN where a part lacks a column."""
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
    return digest_of_rows(json.dumps(sorted(map(str, rows.columns))), rows)


def rows_stamp(rows: pd.DataFrame) -> str:
    """Return the stamp of a part whose source gives none: a digest of its rows.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        The rows.

    Returns
    -------
    str
        The stamp.
    """
    return f"rows {_digest(rows)[:16]}"


@dataclass(frozen=True)
class OpenSource:
    """A source opened for reading: the stamp of every part, and how to read the rows of one.

    Attributes
    ----------
    source : str
        Name of the source, without secrets.
    stamps : mapping of str to str
        Stamps by part; "" where the source gives none.
    read : callable
        Returns the rows and notes of the part of a name. Raises InputError where the part is broken, and SourceError
        where the source as a whole cannot be read.
    typed : bool, default True
        False where numbers may still be text.
    notes : tuple of Note, default ()
        What is left out or looks odd.
    mark : callable, optional
        Returns a digest of the content of a part, where that is surer than its stamp and quicker than its rows. It does
        not depend on the name of the part.
    """

    source: str
    stamps: Mapping[str, str]
    read: Callable[[str], tuple[pd.DataFrame, tuple[Note, ...]]]
    typed: bool = True
    notes: tuple[Note, ...] = ()
    mark: Callable[[str], str] | None = None
