"""Read a source, whole or only the changed parts, and validate its rows as runs or trials."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from bayescale.core.notes import Note, as_note
from bayescale.core.text import count, listing
from bayescale.data.columns import convert_text
from bayescale.data.runs import Runs, runs_from_table
from bayescale.data.sources.attempts import Attempts, open_attempts
from bayescale.data.sources.duplicate_parts import require_different_rows
from bayescale.data.sources.files import Files, as_patterns, open_files
from bayescale.data.sources.incomplete import UnusablePart
from bayescale.data.sources.object_store import digest
from bayescale.data.sources.services.mlflow import MLflow, open_mlflow
from bayescale.data.sources.services.sql import Sql, open_sql, sqlite_in
from bayescale.data.sources.services.tensorboard import TensorBoard, open_tensorboard
from bayescale.data.sources.services.wandb import WandB, open_wandb
from bayescale.data.sources.services.wandb_offline import WandBOffline, open_wandb_offline
from bayescale.data.sources.services.wandb_project import WandBProject, open_wandb_project
from bayescale.data.sources.table import SOURCE_FILE, OpenSource, Part, Table, rows_stamp
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError, SourceError, closest

type Source = Files | Sql | MLflow | WandB | WandBProject | WandBOffline | TensorBoard | Attempts

_OPENERS: dict[type, Callable[[Any], AbstractContextManager[OpenSource]]] = {
    Files: open_files,
    Sql: open_sql,
    MLflow: open_mlflow,
    WandB: open_wandb,
    WandBProject: open_wandb_project,
    WandBOffline: open_wandb_offline,
    TensorBoard: open_tensorboard,
    Attempts: open_attempts,
}


def read_source(source: Source, since: Table | None = None) -> Table:
    """Read the current rows of a source.

    Parameters
    ----------
    source : Source
        The source.
    since : Table, optional
        An earlier table of the same source. Only parts whose stamp changed are read again.

    Returns
    -------
    Table
        The rows. Unfinished and damaged parts are left out, with a note, where others are whole.

    Raises
    ------
    SourceError
        If the source cannot be reached, does not answer in time, or has only damaged parts.
    InputError
        If something in the source is broken (a truncated file, a query that fails, two equal parts); it lists all.
    """
    if since is not None and since.of != source:
        raise InputError(f"since: was read from another source ({since.source}); give a table of this one, or none.")
    with _open(source) as opened:
        earlier_parts = {part.name: part for part in since.parts} if since else {}
        parts, fresh, broken, unusable = [], [], [], []
        for name, stamp in opened.stamps.items():
            earlier = earlier_parts.get(name)
            if earlier is not None and stamp and earlier.stamp == stamp:
                parts.append(earlier)
                continue
            try:
                rows, notes = opened.read(name)
                parts.append(Part(name, stamp or rows_stamp(rows), rows, notes))
            except UnusablePart as error:
                unusable.append(error)
                note = Note("part_left_out", f"left out: {error}", (name,))
                parts.append(Part(name, stamp, pd.DataFrame(), (note,)))
            except SourceError:
                raise
            except InputError as error:
                broken.append(error)
            fresh.append(name)
    if unusable and not any(len(part.rows) for part in parts):
        broken += unusable
    if len(broken) == 1:
        raise broken[0]
    if broken:
        kind = SourceError if all(isinstance(error, SourceError) for error in broken) else InputError
        text = f"{opened.source}: {len(broken)} of {len(opened.stamps)} cannot be read"
        raise kind(text, [str(error) for error in broken])
    if not isinstance(source, Attempts):
        require_different_rows(parts, opened.source)
    all_notes = (*opened.notes, *(note for part in parts for note in part.notes))
    return Table(source, opened.source, tuple(parts), tuple(fresh), opened.typed, all_notes)


def stamps(source: Source) -> dict[str, str]:
    """Return what `read_source(source).cursor` would be now: if it is an earlier cursor, nothing changed since.

    Parameters
    ----------
    source : Source
        The source.

    Returns
    -------
    dict of str to str
        Stamps by part.
    """
    with _open(source) as opened:
        return {name: stamp or rows_stamp(opened.read(name)[0]) for name, stamp in opened.stamps.items()}


def mark_of(source: Source) -> str:
    """Return a digest of the current content of a source, without making rows of it.

    If it equals an earlier digest, no row was changed since. For files on this machine it covers the bytes, so that it
    detects a change even if the time of change was set back; elsewhere it covers the stamps.

    Parameters
    ----------
    source : Source
        The source.

    Returns
    -------
    str
        The digest; "" where only the rows could tell.

    Raises
    ------
    SourceError
        If the source cannot be reached.
    """
    with _open(source) as opened:
        if opened.mark:
            marks = [opened.mark(name) for name in opened.stamps]
        else:
            marks = [f"{name} {stamp}" if stamp else "" for name, stamp in opened.stamps.items()]
    return digest(json.dumps(sorted(marks)).encode()) if all(marks) else ""


def _open(source: Source) -> AbstractContextManager[OpenSource]:
    if type(source) not in _OPENERS:
        known = ", ".join(kind.__name__ for kind in _OPENERS)
        raise InputError(f"{type(source).__name__} is not a source; give one of {known}.")
    return _OPENERS[type(source)](source)


def anchored(source: Source, folder: Path) -> Source:
    """Return a source whose relative paths start from a folder, as in a spec that names files beside itself.

    Parameters
    ----------
    source : Source
        The source.
    folder : Path
        The folder.

    Returns
    -------
    source
        The source with the moved paths.
    """
    if isinstance(source, MLflow | WandBProject):
        return source
    if isinstance(source, Sql):
        return replace(source, url=sqlite_in(source.url, folder))
    moved = tuple(
        pattern
        if "://" in pattern or pattern.startswith("example:")
        else os.path.join(folder, os.path.expanduser(pattern))
        for pattern in as_patterns(source.patterns)
    )
    return replace(source, patterns=moved[0] if isinstance(source.patterns, str) else moved)


def runs_of(
    table: Table,
    *,
    rename: Mapping[str, str] | None = None,
    response: str = "loss",
    columns: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Runs:
    """Make a validated table of runs from the rows of a source.

    Parameters
    ----------
    table : Table
        The rows.
    rename : mapping of str to str, optional
        New names by the names in the source.
    response : str, default "loss"
        Name of the measured column.
    columns : sequence of str, optional
        The columns to select, by old or new name, beside those in `rename` and the response, so that tags and other
        metrics of a tracker do not make the data look changed. `source_file` is selected only by name.
    units : mapping of str to str, optional
        Declared units, as in `read_runs`.
    comparable : str, default ""
        Why several quantities may be fitted together, as in `read_runs`.

    Returns
    -------
    Runs
        The validated table.

    Raises
    ------
    InputError
        If the table cannot be used, with the rows of each part.
    """
    new_names = {str(source_name): name for source_name, name in (rename or {}).items()}
    rows = _selected(table, new_names, response, columns)
    if not table.typed:
        texts = {name for name in rows.columns if new_names.get(name, name) in ("family", "run")}
        rows = rows.assign(**{name: convert_untyped(rows[name]) for name in rows.columns if name not in texts})
    try:
        runs = runs_from_table(rows, rename=new_names, response=response, units=units, comparable=comparable)
    except InputError as error:
        problems = error.problems or (str(error).removeprefix("DataFrame: "),)
        raise InputError(
            f"{table.source}: {count(len(problems), 'problem')} in this table of runs",
            [*problems, *_rows_by_part(table)],
        ) from error
    return replace(runs, source=table.source, notes=(*table.notes, *runs.notes))


def trials_of(table: Table) -> Trials:
    """Make validated trials from the counts of an `Attempts` source.

    Parameters
    ----------
    table : Table
        The counts.

    Returns
    -------
    Trials
        The trials.

    Raises
    ------
    InputError
        If the table is of another source.
    """
    if not isinstance(table.of, Attempts):
        raise InputError(f"{table.source}: trials are read from an Attempts source, not {type(table.of).__name__}.")
    trials = read_trials(table.rows)
    return replace(trials, source=table.source, notes=tuple(map(as_note, table.notes)))


def _selected(table: Table, rename: Mapping[str, str], response: str, columns: Sequence[str] | None) -> pd.DataFrame:
    rows = table.rows
    if columns is None:
        return rows[[name for name in rows.columns if name != SOURCE_FILE or name in rename]]
    selected = {*columns, *rename, response}
    missing = [name for name in columns if name not in rows.columns and name not in rename.values()]
    if missing:
        problems = [f"column {name!r} is not in the source.{closest(name, rows.columns)}" for name in missing]
        raise InputError(f"{table.source}: cannot select these columns", problems)
    return rows[[name for name in rows.columns if name in selected]]


def convert_untyped(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Convert a column that may hold numbers as text; numbers stay as they are.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        The column.

    Returns
    -------
    Series of shape (n_rows,)
        Numbers where every value is one; else text.
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return convert_text(column.astype(object).where(column.notna(), ""))


def _rows_by_part(table: Table) -> list[str]:
    """The row numbers of each part, where there are several."""
    parts = [part for part in table.parts if len(part.rows)]
    if len(parts) < 2:
        return []
    ends = pd.Series([len(part.rows) for part in parts]).cumsum().tolist()
    ranges = [f"{end - len(part.rows) + 1} to {end} of {part.name}" for part, end in zip(parts, ends, strict=True)]
    return [f"Rows are numbered through all parts: {listing(ranges, separator='; ')}."]
