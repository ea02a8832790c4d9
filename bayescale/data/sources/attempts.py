"""Attempts at problems, for risk: tables and evaluation logs, counted by `read_trials`."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayescale.core.notes import Note, as_note
from bayescale.core.text import listing
from bayescale.data.attempts.local_files import TIMEOUT
from bayescale.data.file_paths import compression_of
from bayescale.data.io import may_be_cut_note
from bayescale.data.sources.files import as_patterns, check_patterns
from bayescale.data.sources.incomplete import StillWritten, ends_in_line, without_last_row
from bayescale.data.sources.object_store import SourceFile, content_digest, find_files
from bayescale.data.sources.table import OpenSource
from bayescale.data.tables.compression import unpacked
from bayescale.data.tables.formats import format_of
from bayescale.data.trials import read_trials


@dataclass(frozen=True)
class Attempts:
    """Trials in files: one row per problem or per attempt, Inspect logs, or logs of the LM Evaluation Harness.

    The rows are counts, one row per problem and group: attempts are counted without being loaded. All files are one
    part, since the attempts of a problem may be in several files.

    Attributes
    ----------
    patterns : str or tuple of str
        A path, pattern or address, or several; `read_trials` lists the formats.
    scorer : str, optional
        The scorer of a log that counts, where there are several.
    success : str or float, optional
        The score that is a success, as in `read_trials`.
    rename : tuple of (str, str), default ()
        Pairs of the name in the source and the new name.
    complete_file : bool, default True
        Whether a last row that no line break follows is used, as in `Files`.
    """

    patterns: str | tuple[str, ...]
    scorer: str | None = None
    success: str | float | None = None
    rename: tuple[tuple[str, str], ...] = ()
    complete_file: bool = True

    def __post_init__(self) -> None:
        check_patterns(self.patterns, TIMEOUT)


@contextmanager
def open_attempts(source: Attempts) -> Iterator[OpenSource]:
    """Open all files of the source as one part, stamped by all of their stamps.

    Parameters
    ----------
    source : Attempts
        The source.

    Yields
    ------
    OpenSource
        The files.

    Raises
    ------
    InputError
        If a pattern has no file.
    """
    files = find_files(as_patterns(source.patterns), TIMEOUT)
    name = listing([file.name for file in files])
    stamp = hashlib.sha256("\n".join(f"{file.name} {file.stamp}" for file in files).encode()).hexdigest()[:16]

    def read(_: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            paths, notes = _complete_files(files, source.complete_file, Path(folder))
            trials = read_trials(paths, rename=dict(source.rename), scorer=source.scorer, success=source.success)
        return trials.table.drop(columns="row"), (*notes, *map(as_note, trials.notes))

    yield OpenSource(name, {name: stamp}, read, mark=lambda _: content_digest(files))


def _complete_files(files: Sequence[SourceFile], complete_file: bool, folder: Path) -> tuple[list[str], list[Note]]:
    """The files to read, with notes; a copy in `folder` without its last row replaces a file that may be cut."""
    paths: list[str] = []
    notes: list[Note] = []
    for place, file in enumerate(files):
        name, table_format = file.name, format_of(file.name)
        is_plain = not compression_of(name) and "://" not in name
        if table_format is None or not table_format.is_text or (is_plain and ends_in_line(_last_byte(Path(name)))):
            paths.append(name)
            continue
        data = unpacked(file.read(), name)
        if ends_in_line(data) or complete_file:
            paths.append(name)
            notes += [] if ends_in_line(data) else [may_be_cut_note(name)]
            continue
        data, file_notes = without_last_row(data, name)
        notes += file_notes
        if data:
            *_, parent, base = f"/{name[: len(name) - len(compression_of(name))]}".replace("\\", "/").split("/")
            copy = folder / str(place) / parent / base  # some logs are named by their folder
            copy.parent.mkdir(parents=True)
            copy.write_bytes(data)
            paths.append(str(copy))
    if not paths:
        names = listing([file.name for file in files])
        raise StillWritten(f"{names}: no whole row is there yet; read it once a line break is written.")
    return paths, notes


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 1))
        return stream.read()
