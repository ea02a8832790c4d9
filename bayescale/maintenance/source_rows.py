"""From a spec's `[data]` to validated runs: what is used, what is left out and why, what may stand together."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.runs import Runs, needs, read_runs
from bayescale.data.runs_validation.exclusion import excluded_rows, exclusion_note, rows_of_values
from bayescale.data.sources import Files, MLflow, Source, Sql, TensorBoard, WandB
from bayescale.data.sources.reader import convert_untyped
from bayescale.data.sources.table import SOURCE_FILE
from bayescale.errors import InputError, closest
from bayescale.maintenance.spec import Data, Keep


def source_of(data: Data) -> Source:
    """Where a spec says that its runs are. Raises InputError for fields that do not fit together."""
    if data.sql is not None:
        return Sql(data.sql.url, data.sql.query, data.sql.updated, data.timeout)
    if data.mlflow is not None:
        one = data.mlflow
        return MLflow(one.url, one.experiment, one.rows, one.metric, one.token, one.statuses, data.timeout)
    if data.wandb is not None:
        return WandB(data.wandb.files, data.wandb.metric, data.timeout, data.complete_file)
    if data.tensorboard is not None:
        return TensorBoard(data.tensorboard.files, data.tensorboard.tags, data.timeout)
    return Files(data.source or (), data.timeout, data.complete_file)


def used_rows(table: pd.DataFrame, data: Data, source: str, *, typed: bool = True) -> Runs:
    """The runs of a raw table that a spec uses, with a note for whatever it leaves out.

    Rows left out are never validated: that may be why they are left out. `typed` is False where numbers may still be
    text. Raises InputError, all problems at once, for columns that do not exist, quantities that are not comparable,
    and whatever `read_runs` refuses.
    """
    named = table.rename(columns=dict(data.rename))
    if "row" not in named:
        named = named.assign(row=np.arange(1, len(named) + 1))
    problems: list[str] = []
    notes: list[str] = []
    kept = np.ones(len(named), dtype=bool)
    for index, rule in enumerate(data.keep, start=1):
        kept &= _kept(named, rule, f"data.keep {index}", problems)
    for index, one in enumerate(data.exclude, start=1):
        out = excluded_rows(named, one.blank, one.where, f"data.exclude {index}", problems) & kept
        notes.append(exclusion_note(named["row"][out].tolist(), one.reason))
        kept &= ~out
    used = named[kept]
    if not problems:
        problems += [f"no row is left of {len(named)}"] if used.empty else []
    if problems:
        raise InputError(f"{source}: these rows cannot be used as the spec says", problems)
    if len(used) < len(named) and data.keep:
        notes.append(f"{len(used)} of {len(named)} rows are used: {'; '.join(_rule(one) for one in data.keep)}")
    used = used.reset_index(drop=True)
    if not typed:
        untyped = [name for name in used.columns if name not in ("family", "run")]
        used = used.assign(**{name: convert_untyped(used[name]) for name in untyped})
    names = {theirs: ours for theirs, ours in data.rename.items() if theirs in table}
    as_written = used.drop(columns=SOURCE_FILE, errors="ignore").rename(columns={b: a for a, b in names.items()})
    runs = read_runs(as_written, rename=names, response=data.response, units=data.units, comparable=data.comparable)
    needs(replace(runs, source=source), [data.response])
    return Runs(runs.table, runs.response, source, (*runs.notes, *notes))


def _rule(one: Keep) -> str:
    said = [
        f"at most {one.at_most:g}" if one.at_most is not None else "",
        f"at least {one.at_least:g}" if one.at_least is not None else "",
        f"one of {', '.join(map(str, one.one_of))}" if one.one_of else "",
    ]
    return f"{one.column} {' and '.join(filter(None, said))}"


def _kept(table: pd.DataFrame, one: Keep, where: str, problems: list[str]) -> NDArray[np.bool_]:
    everything = np.ones(len(table), dtype=bool)
    if one.column not in table:
        problems.append(f"{where}: no column {one.column!r}.{closest(one.column, table.columns)}")
        return everything
    out = everything
    if one.at_most is not None or one.at_least is not None:
        values, wrong = as_numbers(table[one.column])
        if wrong.any():
            problems.append(f"{where}: {one.column!r} is no number in {in_rows(table['row'][wrong].tolist())}")
        low = -np.inf if one.at_least is None else one.at_least
        high = np.inf if one.at_most is None else one.at_most
        out = out & (values >= low) & (values <= high)
    if one.one_of:
        out = out & rows_of_values(table[one.column], one.one_of)
    return np.asarray(out)
