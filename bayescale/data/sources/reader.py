"""The front door: read a source whole or what changed in it, and hand its rows to the readers of runs and trials."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from bayescale.core.text import count, listing
from bayescale.data.columns import settle
from bayescale.data.runs import Runs, read_runs
from bayescale.data.sources.attempts import Attempts, look_at_attempts
from bayescale.data.sources.duplicate_parts import require_different_rows
from bayescale.data.sources.files import Files, as_patterns, look_at_files
from bayescale.data.sources.incomplete import UnusablePart
from bayescale.data.sources.object_store import digest
from bayescale.data.sources.services.mlflow import MLflow, look_at_mlflow
from bayescale.data.sources.services.sql import Sql, look_at_sql, sqlite_in
from bayescale.data.sources.services.tensorboard import TensorBoard, look_at_tensorboard
from bayescale.data.sources.services.wandb import WandB, look_at_wandb
from bayescale.data.sources.table import SOURCE_FILE, Look, Part, Table, rows_stamp
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError, SourceError, closest

type Source = Files | Sql | MLflow | WandB | TensorBoard | Attempts

_LOOKS: dict[type, Callable[[Any], AbstractContextManager[Look]]] = {
    Files: look_at_files,
    Sql: look_at_sql,
    MLflow: look_at_mlflow,
    WandB: look_at_wandb,
    TensorBoard: look_at_tensorboard,
    Attempts: look_at_attempts,
}


def read_source(source: Source, since: Table | None = None) -> Table:
    """The rows that stand in `source` now.

    With `since`, an earlier table of the same source, only parts whose stamp changed are read again and the others are
    taken from it: the result has the rows that reading everything would give, as far as stamps tell. Parts that are
    gone upstream are gone from it.

    Raises SourceError where the source cannot be reached, does not answer in time, or holds damaged parts alone, and
    InputError for what is broken in it (truncated files, unread kinds, a query that fails, two parts with the same
    rows), all parts at once. A part that is still being written, or whose checksum does not match, is left out, with a
    note, where others are whole.
    """
    if since is not None and since.of != source:
        raise InputError(f"since: was read from another source ({since.source}); give a table of this one, or none.")
    with _look(source) as look:
        kept = {part.name: part for part in since.parts} if since else {}
        parts, fresh, broken, unusable = [], [], [], []
        for name, stamp in look.stamps.items():
            old = kept.get(name)
            if old is not None and stamp and old.stamp == stamp:
                parts.append(old)
                continue
            try:
                rows, said = look.read(name)
                parts.append(Part(name, stamp or rows_stamp(rows), rows, said))
            except UnusablePart as error:
                unusable.append(error)
                parts.append(Part(name, stamp, pd.DataFrame(), (f"left out: {error}",)))
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
        raise kind(
            f"{look.source}: {len(broken)} of {len(look.stamps)} cannot be read", [str(error) for error in broken]
        )
    if not isinstance(source, Attempts):
        require_different_rows(parts, look.source)
    notes = (*look.notes, *(note for part in parts for note in part.notes))
    return Table(source, look.source, tuple(parts), tuple(fresh), look.typed, notes)


def stamps(source: Source) -> dict[str, str]:
    """What `read_source(source).cursor` would be now, without reading rows where the source can tell so.

    Equal to a cursor kept from before: nothing was changed, added or deleted since, as far as the source tells.
    """
    with _look(source) as look:
        return {name: stamp or rows_stamp(look.read(name)[0]) for name, stamp in look.stamps.items()}


def mark_of(source: Source) -> str:
    """A digest of what stands in `source` now, without making rows of it; "" where only its rows could tell.

    Equal to one kept from before: no row was changed, added or deleted since. Of files on this machine it is made of
    their bytes, so that a time of change that was set back hides nothing; elsewhere of what `stamps` gives. Raises as
    `read_source` does where the source cannot be reached.
    """
    with _look(source) as look:
        if look.mark:
            found = [look.mark(name) for name in look.stamps]
        else:
            found = [f"{name} {stamp}" if stamp else "" for name, stamp in look.stamps.items()]
    return digest(json.dumps(sorted(found)).encode()) if all(found) else ""


def _look(source: Source) -> AbstractContextManager[Look]:
    if type(source) not in _LOOKS:
        known = ", ".join(kind.__name__ for kind in _LOOKS)
        raise InputError(f"{type(source).__name__} is not a source; give one of {known}.")
    return _LOOKS[type(source)](source)


def anchored(source: Source, folder: Path) -> Source:
    """The source with relative paths taken from `folder`, as in a spec that names files beside itself."""
    if isinstance(source, MLflow):
        return source
    if isinstance(source, Sql):
        return replace(source, url=sqlite_in(source.url, folder))
    moved = tuple(
        one if "://" in one or one.startswith("example:") else os.path.join(folder, os.path.expanduser(one))
        for one in as_patterns(source.patterns)
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
    """A table of runs from a source's rows, validated by `read_runs`, whose `rename`, `units` and `comparable` these
    are.

    `columns` keeps only these, by the source's names or ours, beside those in `rename` and the response: what else a
    tracker holds (tags, notes, other metrics) then neither reaches the fit nor makes the data look changed.
    `source_file` is kept only where it is asked for.

    Raises InputError as `read_runs` does; rows are numbered through all parts, and the message says which are whose.
    """
    given = {str(theirs): ours for theirs, ours in (rename or {}).items()}
    rows = _chosen(table, given, response, columns)
    if not table.typed:
        texts = {name for name in rows.columns if given.get(name, name) in ("family", "run")}
        rows = rows.assign(**{name: settled(rows[name]) for name in rows.columns if name not in texts})
    try:
        runs = read_runs(rows, rename=given, response=response, units=units, comparable=comparable)
    except InputError as error:
        problems = error.problems or (str(error).removeprefix("DataFrame: "),)
        raise InputError(
            f"{table.source}: {count(len(problems), 'problem')} in this table of runs", [*problems, *_whose(table)]
        ) from error
    return replace(runs, source=table.source, notes=(*table.notes, *runs.notes))


def trials_of(table: Table) -> Trials:
    """Trials from the counts of an `Attempts` source, validated by `read_trials`."""
    if not isinstance(table.of, Attempts):
        raise InputError(f"{table.source}: trials are read from an Attempts source, not {type(table.of).__name__}.")
    trials = read_trials(table.rows)
    return replace(trials, source=table.source, notes=table.notes)


def _chosen(table: Table, rename: Mapping[str, str], response: str, columns: Sequence[str] | None) -> pd.DataFrame:
    rows = table.rows
    if columns is None:
        wanted = [name for name in rows.columns if name != SOURCE_FILE or name in rename]
        return rows[wanted]
    asked = {*columns, *rename, response}
    missing = [name for name in columns if name not in rows.columns and name not in rename.values()]
    if missing:
        problems = [f"column {name!r} is not in the source.{closest(name, rows.columns)}" for name in missing]
        raise InputError(f"{table.source}: cannot keep these columns", problems)
    return rows[[name for name in rows.columns if name in asked]]


def settled(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Text as numbers where all of it is; values that already are numbers stay."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return settle(column.astype(object).where(column.notna(), ""))


def _whose(table: Table) -> list[str]:
    """Which rows are of which part, where there are several and few enough to say."""
    parts = [part for part in table.parts if len(part.rows)]
    if len(parts) < 2:
        return []
    ends = pd.Series([len(part.rows) for part in parts]).cumsum().tolist()
    shown = [f"{end - len(part.rows) + 1} to {end} of {part.name}" for part, end in zip(parts, ends, strict=True)]
    return [f"Rows are numbered through all parts: {listing(shown, separator='; ')}."]
