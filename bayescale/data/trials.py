"""Trials: how often a problem (a prompt) was attempted and succeeded, for risk under repeated sampling.

Trials are counts. Tables with one row per attempt are counted without being loaded; evaluation logs are attempts too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.notes import Note
from bayescale.core.text import count
from bayescale.data.attempts.counting import count_attempts
from bayescale.data.attempts.order import FEWEST_COPIED
from bayescale.data.canonical_rows import digest_of_rows
from bayescale.data.column_names import row_numbers
from bayescale.data.columns import as_numbers, as_text
from bayescale.data.eval_logs.answers import aggregated
from bayescale.data.eval_logs.scores import log_reader
from bayescale.data.io import read_table
from bayescale.data.tables.formats import JSON_LINES
from bayescale.data.trials_validation import count_checks, count_notes
from bayescale.data.trials_validation.form import PER_ATTEMPT, PER_PROBLEM, form, misspelt_columns
from bayescale.data.trials_validation.grouped_counts import (
    distinguishing_columns,
    first_successes,
    group_problems,
    qualified,
    repeated_in_groups,
)
from bayescale.data.trials_validation.groups import COUNTS, FIRST, as_labels, default_groups, role, unused_columns
from bayescale.data.trials_validation.inputs import format_name, named_columns, opened_source, require_different
from bayescale.errors import InputError


@checked
@dataclass(frozen=True, eq=False, repr=False)  # tables do not compare to one truth value; compare digests
class Trials(Shown):
    """A validated table of trials.

    A problem without an attempt that ran stays with 0 attempts: it is one of the problems that were to be measured, at
    unknown risk, and leaving it out would bias the risk towards problems that run.

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        One row per problem and value of the other columns, index 0..n_rows-1. Columns: those of `groups` and `unused`
        (text), `problem` (text), `cluster` (text, where the source has one: near-duplicate problems share it, a problem
        without one is a separate cluster), `attempts` that ran, `successes` among them, `errors`, which did not run and
        are part of neither (int64), `first_success` (float64, where the source orders attempts: position of the first
        success among those that ran, NaN without one), and `row`: 1-based number of the data row in a source with one
        row per problem, else of the row in this table.
    groups : tuple of str
        The columns that define groups by default, in the order of the source: known ones, such as `model`, `attack`,
        `benchmark`, `task`, `category` and `temperature`
        (`bayescale.data.trials_validation.groups.GROUP_COLUMNS`).
    source : str
        Path, paths, or "DataFrame".
    notes : tuple of str
        What is left out or looks odd, one sentence each; also the columns that define no groups.
    unused : tuple of str
        The other columns: they define groups where `by` names them.
    per_attempt : bool
        Whether the source has one row per attempt.
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    per_attempt: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that can define groups, in the order of the source."""
        return tuple(str(name) for name in self.table.columns if name in {*self.groups, *self.unused})

    def grouped(self, by: Sequence[str] | None = None) -> "Trials":
        """Add up counts to one row per problem and value of some columns.

        A problem is identified by its id and, where ids are equal in several of their values, by columns that describe
        where it is from (`benchmark`, `task`, `category`, `subject`, `split` …): ids then contain these values. Notes
        list the other columns with more than one value inside a group (several attacks, judges or versions of a model),
        and the groups with a single problem.

        Parameters
        ----------
        by : sequence of str, optional
            The group columns: the default ones where omitted, none for ``[]``.

        Returns
        -------
        Trials
            The grouped counts.

        Raises
        ------
        InputError
            If a column is not in the table or is blank in some row, a problem would be in more than one cluster, or,
            without `by`, counts of one problem are distinguished by columns that define no groups.
        """
        if isinstance(by, str):
            raise InputError(f"by={by!r}: give a list of columns, by=[{by!r}].")
        chosen = self.groups if by is None else list(by)
        if problems := group_problems(self.table, self.columns, chosen):
            raise InputError(f"{self.source}: cannot group trials by {', '.join(chosen)}", problems)
        distinguishing = distinguishing_columns(self.table, chosen, self.columns)
        whole = qualified(self.table, distinguishing) if distinguishing else self.table
        problems = repeated_in_groups(whole, chosen, self.columns) if by is None and not self.per_attempt else []
        if problems:
            raise InputError(f"{self.source}: cannot group trials by {', '.join(chosen) or 'nothing'}", problems)
        keys = [*chosen, "problem", *(["cluster"] if "cluster" in whole.columns else [])]
        table = whole.groupby(keys, sort=False, as_index=False)[list(COUNTS)].sum()
        if problems := count_checks.clustered_twice(table, chosen):
            raise InputError(f"{self.source}: cannot group trials by {', '.join(chosen) or 'nothing'}", problems)
        others = [name for name in self.columns if name not in (*chosen, *distinguishing) and role(name)]
        group_notes = unused_columns(whole, self.columns, chosen) + count_notes.qualified_problems(distinguishing)
        group_notes += count_notes.mixed_groups(whole, chosen, others) + count_notes.single_problems(table, chosen)
        if FIRST in whole:
            table[FIRST] = first_successes(whole, keys, self.columns)
        table = table.assign(row=np.arange(1, len(table) + 1))
        of_default = {*default_groups(self.table, self.columns)[1]}
        of_default |= {*unused_columns(self.table, self.columns, self.groups)}
        notes = self.notes if by is None else [note for note in self.notes if note not in of_default]
        notes = tuple(dict.fromkeys([*notes, *group_notes]))
        return replace(self, table=table, groups=tuple(chosen), notes=notes, unused=())

    @property
    def _page(self) -> Page:
        """Counts by group: a table of trials has a row per prompt."""
        counts, groups = [*COUNTS], [*self.groups]
        distinguishing = distinguishing_columns(self.table, groups, self.columns)
        table = (
            self.table.groupby([*groups, *distinguishing, "problem"], sort=False, as_index=False)[counts]
            .sum()
            .assign(problems=1)
        )
        by_group = table.groupby(groups, sort=False)[["problems", *counts]].sum().reset_index() if groups else None
        total = table[["problems", *counts]].sum()
        totals = ", ".join(f"{total[name]} {name}" for name in ("problems", *counts))
        return Page(f"Trials: {totals}, from {self.source}", by_group, self.notes)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: the same for any row or column order, file format and machine."""
        table = self.table.drop(columns=["row", FIRST], errors="ignore")
        return digest_of_rows(json.dumps(sorted(table.columns)), table)


@checked
def read_trials(
    source: object,
    *,
    rename: Mapping[str, str] | None = None,
    scorer: str | None = None,
    success: str | float | None = None,
    check_duplicates: bool = False,
) -> Trials:
    """Read and validate trials: a table with one row per problem or one row per attempt, or evaluation logs.

    The columns decide which form a table has:

    - one row per problem: `problem`, `attempts`, `successes`, optional `errors` (attempts that did not run, not part of
      `attempts`). The same problem twice with all other columns equal is an error.
    - one row per attempt: `problem`, `success` (true, false, 1, 0; blank where it did not run), optional `error` (true,
      or a message, where it did not run) and `attempt` (its id). Files (.parquet, .csv, .tsv, .jsonl, .ndjson) are
      counted without being loaded.
    - logs, told apart by content: Inspect (.eval, .json; extra `inspect`), LM Evaluation Harness (samples_*.jsonl),
      garak, PyRIT (.db), tau-bench, EvalPlus, HumanEval, JailbreakBench; see `bayescale.data.eval_logs.kinds`.

    Other columns are read as text. Known ones (`GROUP_COLUMNS` of `bayescale.data.trials_validation.groups`) define
    groups by default; notes list those that are not used. Optional `cluster` names groups of near-duplicate problems.
    Where attempts are numbered (column `attempt`), the position of the first success is read.

    Parameters
    ----------
    source : str, os.PathLike, sequence of these, or table
        A path, also of a compressed file, a pattern such as "runs/*.parquet", an address (s3://, hf:// ...), a list of
        these, or a table in memory, as `read_runs` takes it.
    rename : mapping of str to str, optional
        New names by the names in the source.
    scorer : str, optional
        The scorer of logs, or "metric,filter"; needed where there are several.
    success : str or float, optional
        The score of logs that is a success: "C" (graded correct, the default), "I" (graded incorrect), or the least
        number that is a success.
    check_duplicates : bool, default False
        Whether to read attempts a second time to find the same attempt twice.

    Returns
    -------
    Trials
        The validated counts, with notes.

    Raises
    ------
    InputError
        If the table cannot be used; it lists every problem with column, values and row numbers.
    """
    with opened_source(source) as (name, data, notes):
        return _read(name, data, list(notes), rename, scorer, success, check_duplicates)


def _read(
    name: str,
    data: pd.DataFrame | list[Path],
    notes: list[Note],
    rename: Mapping[str, str] | None,
    scorer: str | None,
    success: str | float | None,
    check_duplicates: bool,
) -> Trials:
    """The trials of a table or of files that are open."""
    read_log = log_reader(data) if isinstance(data, list) else None
    if read_log and isinstance(data, list):
        require_different(data)
        data, log_notes = read_log(scorer, success)
        notes += log_notes
    elif scorer is not None or success is not None:
        raise InputError(f"{name}: scorer and success are for evaluation logs; a table has the column 'success'.")
    new_names = {str(source_name): new_name for source_name, new_name in (rename or {}).items()}
    names, problems = named_columns(data, name, new_names)
    per_attempt, form_problems = form(list(names))
    problems += form_problems + aggregated(names)
    read = _read_attempts if per_attempt else _read_counts
    if per_attempt and not problems and isinstance(data, list) and not read_log:
        require_different(data, FEWEST_COPIED)
    table, columns, reading_notes = read(data, names, name, problems, check_duplicates)
    if not problems and not table["attempts"].any():
        problems.append("no attempt ran: every attempt is blank or an error; give attempts that ran.")
    if problems:
        numbered_through = not per_attempt and isinstance(data, list) and len(data) > 1
        numbering = " (rows are numbered through all files)" if numbered_through else ""
        raise InputError(f"{name}: {count(len(problems), 'problem')} in this table of trials{numbering}", problems)
    groups, default_notes = default_groups(table, columns)
    notes += [*reading_notes, *misspelt_columns(list(names), per_attempt), *count_notes.did_not_run(table)]
    notes += [*default_notes, *unused_columns(table, columns, groups), *count_notes.labels_alike(table, groups)]
    unused = tuple(name for name in columns if name not in groups)
    return Trials(table, groups, name, tuple(notes), unused, per_attempt)


type _Counts = tuple[pd.DataFrame, tuple[str, ...], tuple[Note, ...]]  # table, group columns, notes


def _read_attempts(
    data: pd.DataFrame | list[Path], names: Mapping[str, str], source: str, problems: list[str], check_duplicates: bool
) -> _Counts:
    """A table with one row per attempt, counted; messages are added to `problems`."""
    if problems:
        return pd.DataFrame(), (), ()
    columns = {name: source_name for name, source_name in names.items() if name != "row"}
    known = {*columns, *(source_name.casefold() for source_name in names.values())}
    if isinstance(data, list) and format_name(data[0]) == JSON_LINES.name and "error" not in known:
        columns["error"] = "error"  # it may occur in so few lines that the search for keys missed it
    counted = count_attempts(data, columns, source, check_duplicates=check_duplicates)
    table = _finished(counted.table, counted.groups)
    problems += [*counted.problems, *count_checks.clustered_twice(table, counted.groups)]
    return table, counted.groups, counted.notes


def _read_counts(
    data: pd.DataFrame | list[Path], names: Mapping[str, str], source: str, problems: list[str], check_duplicates: bool
) -> _Counts:
    """A table with one row per problem; messages are added to `problems`."""
    rows = data if isinstance(data, pd.DataFrame) else pd.concat([read_table(path).table for path in data])
    rows = rows[[name for name in rows.columns if name]].reset_index(drop=True)
    table = rows.rename(columns={source_name: name for name, source_name in names.items()})
    table["row"] = row_numbers(table, problems)
    groups = tuple(str(name) for name in table.columns if name not in (*PER_PROBLEM, *PER_ATTEMPT, "row"))
    for name in (*groups, "problem", "cluster"):
        if name in table.columns and "problem" in table.columns:  # else the table is refused, whatever its groups are
            table[name] = pd.Series(as_labels(as_text(table[name]), name), dtype="str")
    if "errors" not in table.columns:
        table["errors"] = 0
    problems += count_checks.problems(table, groups)
    if check_duplicates:
        problems.append("check_duplicates needs one row per attempt, with the column 'attempt'.")
    if problems:
        return table, groups, ()
    whole: dict[str, np.ndarray] = {name: as_numbers(table[name])[0].astype(np.int64) for name in COUNTS}
    if FIRST in table.columns:
        whole[FIRST] = as_numbers(table[FIRST])[0]
    return _finished(table.assign(**whole), groups), groups, ()


def _finished(table: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The columns of `Trials.table` in their order; a problem without a cluster is a cluster of its own."""
    if "row" not in table.columns:
        table = table.assign(row=np.arange(1, len(table) + 1))
    if "cluster" in table.columns:
        table = table.assign(cluster=table["cluster"].where(table["cluster"] != "", table["problem"]))
    order = [*groups, "problem", *(["cluster"] if "cluster" in table.columns else []), *COUNTS]
    order += [*([FIRST] if FIRST in table.columns else []), "row"]
    return table[order].reset_index(drop=True)
