"""Attempts at problems, for risk: tables and evaluation logs on this machine, counted by `read_trials`."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.io import POSSIBLY_CUT
from bayescale.data.sources.files import as_patterns, checked
from bayescale.data.sources.incomplete import StillWritten, ends_in_line, without_last_row
from bayescale.data.sources.object_store import marks, places
from bayescale.data.sources.table import Look
from bayescale.data.trials import read_trials
from bayescale.errors import InputError

_TEXT = (".csv", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Attempts:
    """Trials on this machine: one row per problem or per attempt, Inspect logs, or logs of the LM Evaluation Harness.

    patterns   a path or pattern, or several; see `read_trials` for the kinds, and for what the next three mean.
    scorer     which scorer of a log counts, where there are several.
    success    what score is a success.
    rename     pairs (theirs, ours).
    complete_file  as in `Files`: whether a last row that no line break follows is used.

    What is read is counts, one row per problem and group: attempts are counted without being loaded. All files are one
    part, since a problem's attempts may stand in several.
    """

    patterns: str | tuple[str, ...]
    scorer: str | None = None
    success: str | float | None = None
    rename: tuple[tuple[str, str], ...] = ()
    complete_file: bool = True

    def __post_init__(self) -> None:
        checked(self.patterns, 1.0)
        if far := [one for one in as_patterns(self.patterns) if "://" in one]:
            raise InputError(f"{listing(far)}: attempts are counted on this machine; download the files first.")


@contextmanager
def look_at_attempts(source: Attempts) -> Iterator[Look]:
    """All files of the source as one part, stamped by all of their stamps."""
    found = places(as_patterns(source.patterns), 1.0)
    name = listing([place.name for place in found])
    stamp = hashlib.sha256("\n".join(f"{place.name} {place.stamp}" for place in found).encode()).hexdigest()[:16]

    def read(_: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            paths, notes = _whole_files([place.name for place in found], source.complete_file, Path(folder))
            trials = read_trials(paths, rename=dict(source.rename), scorer=source.scorer, success=source.success)
        return trials.table.drop(columns="row"), (*notes, *trials.notes)

    yield Look(name, {name: stamp}, read, mark=lambda _: marks(found))


def _whole_files(names: Sequence[str], complete_file: bool, folder: Path) -> tuple[list[str], list[str]]:
    """The files to read: in place of one without a final line break a copy in `folder` that ends before its last row,
    unless files are complete. Notes say so."""
    paths, notes = [], []
    for place, name in enumerate(names):
        path = Path(name)
        if path.suffix.lower() not in _TEXT or ends_in_line(_last_byte(path)):
            paths.append(name)
        elif complete_file:
            paths.append(name)
            notes.append(POSSIBLY_CUT.format(name=name))
        else:
            data, said = without_last_row(path.read_bytes(), name)
            notes += said
            if data:
                copy = folder / str(place) / path.parent.name / path.name  # some logs are named by their folder
                copy.parent.mkdir(parents=True)
                copy.write_bytes(data)
                paths.append(str(copy))
    if not paths:
        raise StillWritten(f"{listing(list(names))}: no whole row is there yet.")
    return paths, notes


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 1))
        return stream.read()
