"""The rows of a model: read from the source that its spec names, reduced by its rules, and validated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note, codes_of
from bayescale.core.text import in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs, needs
from bayescale.data.runs_validation.exclusion import excluded_rows, exclusion_note, rows_of_values
from bayescale.data.sources import (
    Attempts,
    Files,
    Fingerprints,
    MLflow,
    Source,
    Sql,
    TensorBoard,
    anchored,
    fingerprints,
    read_source,
    trials_of,
)
from bayescale.data.sources import mark_of as mark_of_source
from bayescale.data.sources.reader import convert_untyped
from bayescale.data.sources.table import SOURCE_FILE
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError, closest
from bayescale.maintenance.specs.spec import HorizonSpec, LossSpec, ModelSpec, TrialsSpec
from bayescale.maintenance.specs.spec_data import Data, Keep

if TYPE_CHECKING:
    from bayescale.scaling_laws.law import Law


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
        return data.wandb.source(data.timeout, data.complete_file)
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
        conditions = "; ".join(_condition(rule) for rule in data.keep)
        values = [str(value) for rule in data.keep for value in rule.one_of]
        notes.append(Note("kept_rows", f"{len(used)} of {len(named)} rows are used: {conditions}", values))
    used = used.reset_index(drop=True)
    if not typed:
        untyped = [name for name in used.columns if name not in ("family", "run")]
        used = used.assign(**{name: convert_untyped(used[name]) for name in untyped})
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


ONE_FAMILY = "all"
NO_GROUPS = "unused_columns"  # code of the note on columns that could define groups


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that a model is fitted to, and what is recorded of them to find later changes.

    Parameters
    ----------
    value : Runs or Trials
        The rows.
    fingerprints : mapping of str to lists of [digest, response]
        Fingerprints of the rows; empty for trials, whose digest is enough.
    columns : tuple of str
        The columns that were read, by our names. Other columns may be added, removed or changed.
    mark : str
        The mark of the source when its reading began (`data.sources.mark_of`), "" where it has none.
    families : tuple of str
        Families that the model knows; empty for trials.
    """

    value: Runs | Trials
    fingerprints: Fingerprints
    columns: tuple[str, ...] = ()
    mark: str = ""
    families: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of the rows."""
        return self.value.digest


def mark_of(spec: ModelSpec) -> str:
    """Return a digest of what a spec's source holds now, found without its rows.

    Parameters
    ----------
    spec : ModelSpec
        The spec.

    Returns
    -------
    str
        The mark; "" where only the rows could tell.

    Raises
    ------
    SourceError
        The source cannot be reached now.
    InputError
        It cannot be used.
    """
    return mark_of_source(_source(spec))


def read_rows(spec: ModelSpec, mark: str = "") -> Rows:
    """Read and validate the rows that a spec uses; of runs, the columns that its laws use and that identify rows.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    mark : str, optional
        The mark of the source, taken before: changes during the reading are found the next time.

    Returns
    -------
    Rows
        The rows.

    Raises
    ------
    SourceError
        They cannot be reached now.
    InputError
        They cannot be used.
    """
    content = spec.content
    if isinstance(content, TrialsSpec):
        trials = _trials(content, _source(spec))
        if isinstance(content, HorizonSpec):  # groups mean nothing there: the fit has notes of its own
            trials = replace(trials, notes=tuple(note for note in trials.notes if codes_of([note]) != [NO_GROUPS]))
        return Rows(trials, {}, tuple(map(str, trials.table.columns)), mark)
    table = read_source(_source(spec))
    whole = used_rows(table.rows, content.data, table.source, typed=table.typed)
    wanted = _columns(content, spec.laws)
    columns = tuple(str(name) for name in whole.table.columns if name in wanted)
    runs = replace(whole, table=whole.table[list(columns)], notes=(*table.notes, *whole.notes))
    read = tuple(name for name in columns if name != "row")
    families = sorted(set(families_of(runs.table, content.model.family)))
    return Rows(runs, fingerprints(runs), read, mark, tuple(families))


def _source(spec: ModelSpec) -> Source:
    content = spec.content
    if isinstance(content, LossSpec):
        return anchored(source_of(content.data), spec.folder)
    source = content.data.source or ()
    if isinstance(source, str) and source.startswith("example:"):
        return Files(source)
    rename = tuple(content.data.rename.items())
    attempts = Attempts(source, *content.scored_by, rename, content.data.complete_file)
    return anchored(attempts, spec.folder)


def _trials(content: TrialsSpec, source: Source) -> Trials:
    if isinstance(source, Attempts):
        return trials_of(read_source(source))
    return read_trials(content.data.source, rename=content.data.rename)


def _columns(content: LossSpec, laws: Sequence["str | Law"]) -> set[str]:
    """The columns that a model needs: those that identify rows, response, family, inputs; of a stack, compute, too."""
    from bayescale.scaling_laws.registry import law

    inputs = {name for item in laws for name in (law(item) if isinstance(item, str) else item).inputs}
    compute = {"flops", "n_params", "n_tokens"} if len(laws) > 1 else set()
    family = {content.model.family} if content.model.family else set()
    return {"family", "run", "seed", "step", "row", content.data.response} | family | inputs | compute


def families_of(table: pd.DataFrame, column: str | None) -> list[str]:
    """Return the family of every row as a fit names it.

    Parameters
    ----------
    table : DataFrame
        The rows.
    column : str or None
        The column of families; without one, all rows are of one family.

    Returns
    -------
    list of str
        The families.
    """
    if column is None or column not in table:
        return [ONE_FAMILY] * len(table)
    return [str(name) for name in table[column]]
