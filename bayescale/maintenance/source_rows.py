"""From a spec's `[data]` to validated runs: which rows are used, which are left out and why."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.runs import Runs, needs, read_runs
from bayescale.data.runs_validation.exclusion import excluded_rows, exclusion_note, rows_of_values
from bayescale.data.sources import Files, MLflow, Source, Sql, TensorBoard, WandB
from bayescale.data.sources.reader import settled
from bayescale.data.sources.table import SOURCE_FILE
from bayescale.errors import InputError, closest
from bayescale.maintenance.spec_data import Data, Keep


def source_of(data: Data) -> Source:
    """Return the source that a spec names.

    Parameters
    ----------
    data : Data
        The `[data]` table.

    Returns
    -------
    Source
        The source.

    Raises
    ------
    InputError
        Its settings do not fit together.
    """
    if data.sql is not None:
        return Sql(data.sql.url, data.sql.query, data.sql.updated, data.timeout)
    if data.mlflow is not None:
        spec = data.mlflow
        return MLflow(spec.url, spec.experiment, spec.rows, spec.metric, spec.token, spec.statuses, data.timeout)
    if data.wandb is not None:
        return WandB(data.wandb.files, data.wandb.metric, data.timeout, data.complete_file)
    if data.tensorboard is not None:
        return TensorBoard(data.tensorboard.files, data.tensorboard.tags, data.timeout)
    return Files(data.source or (), data.timeout, data.complete_file)


def used_rows(table: pd.DataFrame, data: Data, source: str, *, typed: bool = True) -> Runs:
    """Return the runs of a raw table that a spec uses, with a note for whatever it leaves out.

    Parameters
    ----------
    table : DataFrame
        The raw table.
    data : Data
        The `[data]` table of the spec.
    source : str
        The name of the source in messages.
    typed : bool, default True
        False where numbers may still be text.

    Returns
    -------
    Runs
        The runs. Rows left out are never validated: that may be the reason to leave them out.

    Raises
    ------
    InputError
        A column is missing, quantities are not comparable, or `read_runs` refuses the rows; all problems are listed.
    """
    named = table.rename(columns=dict(data.rename))
    if "row" not in named:
        named = named.assign(row=np.arange(1, len(named) + 1))
    problems: list[str] = []
    notes: list[str] = []
    used_mask = np.ones(len(named), dtype=bool)
    for index, rule in enumerate(data.keep, start=1):
        used_mask &= _matches(named, rule, f"data.keep {index}", problems)
    for index, exclusion in enumerate(data.exclude, start=1):
        where = f"data.exclude {index}"
        out = excluded_rows(named, exclusion.blank, exclusion.where, where, problems) & used_mask
        notes.append(exclusion_note(named["row"][out].tolist(), exclusion.reason))
        used_mask &= ~out
    used = named[used_mask]
    if not problems:
        problems += (
            [f"the rules of [[data.keep]] and [[data.exclude]] leave none of {len(named)} rows"] if used.empty else []
        )
    if problems:
        raise InputError(f"{source}: the spec's [data] does not fit these rows", problems)
    if len(used) < len(named) and data.keep:
        notes.append(f"{len(used)} of {len(named)} rows are used: {'; '.join(_condition(rule) for rule in data.keep)}")
    used = used.reset_index(drop=True)
    if not typed:
        used = used.assign(**{name: settled(used[name]) for name in used.columns if name not in ("family", "run")})
    names = {source_name: our_name for source_name, our_name in data.rename.items() if source_name in table}
    as_written = used.drop(columns=SOURCE_FILE, errors="ignore").rename(
        columns={our_name: source_name for source_name, our_name in names.items()}
    )
    runs = read_runs(as_written, rename=names, response=data.response, units=data.units, comparable=data.comparable)
    needs(replace(runs, source=source), [data.response])
    return Runs(runs.table, runs.response, source, (*runs.notes, *notes))


def _condition(rule: Keep) -> str:
    parts = [
        f"at most {rule.at_most:g}" if rule.at_most is not None else "",
        f"at least {rule.at_least:g}" if rule.at_least is not None else "",
        f"one of {', '.join(map(str, rule.one_of))}" if rule.one_of else "",
    ]
    return f"{rule.column} {' and '.join(filter(None, parts))}"


def _matches(table: pd.DataFrame, rule: Keep, where: str, problems: list[str]) -> NDArray[np.bool_]:
    everything = np.ones(len(table), dtype=bool)
    if rule.column not in table:
        problems.append(f"{where}: there is no column {rule.column!r}.{closest(rule.column, table.columns)}")
        return everything
    out = everything
    if rule.at_most is not None or rule.at_least is not None:
        values, wrong = as_numbers(table[rule.column])
        if wrong.any():
            problems.append(f"{where}: {rule.column!r} is not a number in {in_rows(table['row'][wrong].tolist())}")
        low = -np.inf if rule.at_least is None else rule.at_least
        high = np.inf if rule.at_most is None else rule.at_most
        out = out & (values >= low) & (values <= high)
    if rule.one_of:
        out = out & rows_of_values(table[rule.column], rule.one_of)
    return np.asarray(out)
