"""Trials: how often a problem (a prompt) was tried and how often that succeeded, for risk under repeated sampling.

What is kept is counts. One row per attempt is counted without being loaded; evaluation logs are attempts too.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.text import count, in_rows
from bayescale.data.attempts.counting import count_attempts
from bayescale.data.attempts.order import FEWEST_COPIED
from bayescale.data.columns import as_numbers, as_text, canonical_rows
from bayescale.data.eval_logs.answers import aggregated
from bayescale.data.eval_logs.scores import log_reader
from bayescale.data.io import read_table
from bayescale.data.trials_validation import count_checks
from bayescale.data.trials_validation.count_checks import COUNTS, PER_ATTEMPT, PER_PROBLEM
from bayescale.data.trials_validation.groups import (
    FIRST,
    added_up,
    as_labels,
    default_groups,
    first_successes,
    not_used,
    qualified,
    role,
    telling_apart,
)
from bayescale.data.trials_validation.inputs import kind, named, opened, require_different
from bayescale.errors import InputError, closest


@checked
@dataclass(frozen=True, eq=False, repr=False)  # tables do not compare to one truth value; compare digests
class Trials(Shown):
    """A validated table of trials.

    table     one row per problem and value of the other columns, index 0..n-1. Columns: those of `groups` and `unused`
              (text), `problem` (text), `cluster` (text, where the source has one: near-duplicate problems share it, a
              problem without one is its own), `attempts` that ran, `successes` among them, `errors`, attempts that did
              not run and are part of neither (int64), `first_success` (float64, where the source knows the order of
              attempts: the position of the first success among those that ran, NaN where there is none), and `row`: the
              1-based number of the data row in a source with one row per problem, else of the row in this table.
    groups    the columns that make groups by default, in the order of the source: known ones, such as `model`,
              `attack`, `benchmark`, `task`, `category` and `temperature`
              (`bayescale.data.trials_validation.groups.GROUP_COLUMNS`).
    source    path, paths, or "DataFrame".
    notes     what was left out or looks odd, one sentence each; also which columns make no groups.
    unused    the other columns: they make groups where `by` names them.
    per_attempt  whether the source has one row per attempt.

    A problem for which no attempt ran is kept with 0 attempts: it is one of those that were to be measured, at unknown
    risk, and leaving it out would flatter whatever fails on it.
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    per_attempt: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that can make groups, in the order of the source."""
        return tuple(str(name) for name in self.table.columns if name in {*self.groups, *self.unused})

    def grouped(self, by: Sequence[str] | None = None) -> "Trials":
        """One row per problem and value of the columns `by`, counts added up over the other columns.

        A problem is told apart from others by its id and, where ids are equal in several of their values, by columns
        that say where it is from (`benchmark`, `task`, `category`, `subject`, `split` …): ids then carry these values.
        Notes say which other columns have more than one value inside a group (several attacks, judges or versions of a
        model), and which groups have a single problem. `by=None` takes the default group columns, `by=[]` none.

        Raises InputError for a column that is not in the table or is blank in some row; for a problem that would be in
        more than one cluster; and, without `by`, for counts of one problem told apart by columns that make no groups.
        """
        chosen = self.groups if by is None else list(by)
        _require_groups(self, chosen)
        apart = telling_apart(self.table, chosen, self.columns)
        whole = qualified(self.table, apart) if apart else self.table
        if by is None and not self.per_attempt and (again := added_up(whole, chosen, self.columns)):
            raise InputError(f"{self.source}: cannot group trials by {', '.join(chosen) or 'nothing'}", again)
        keys = [*chosen, "problem", *(["cluster"] if "cluster" in whole.columns else [])]
        table = whole.groupby(keys, sort=False, as_index=False)[list(COUNTS)].sum()
        if found := count_checks.clustered_twice(table, chosen):
            raise InputError(f"{self.source}: cannot group trials by {', '.join(chosen) or 'nothing'}", found)
        others = [name for name in self.columns if name not in (*chosen, *apart) and role(name)]
        notes = not_used(whole, self.columns, chosen) + count_checks.told_apart(apart)
        notes += count_checks.mixed(whole, chosen, others) + count_checks.single_problems(table, chosen)
        if FIRST in whole:
            table[FIRST] = first_successes(whole, keys, self.columns)
        table = table.assign(row=np.arange(1, len(table) + 1))
        by_default = {*default_groups(self.table, self.columns)[1], *not_used(self.table, self.columns, self.groups)}
        before = self.notes if by is None else [note for note in self.notes if note not in by_default]
        notes = list(dict.fromkeys([*before, *notes]))
        return replace(self, table=table, groups=tuple(chosen), notes=tuple(notes), unused=())

    @property
    def _page(self) -> Page:
        """Counts by group: a table of trials has a row per prompt."""
        counts, groups = [*COUNTS], [*self.groups]
        apart = telling_apart(self.table, groups, self.columns)
        table = (
            self.table.groupby([*groups, *apart, "problem"], sort=False, as_index=False)[counts]
            .sum()
            .assign(problems=1)
        )
        shown = table.groupby(groups, sort=False)[["problems", *counts]].sum().reset_index() if groups else None
        total = table[["problems", *counts]].sum()
        said = ", ".join(f"{total[name]} {name}" for name in ("problems", *counts))
        return Page(f"Trials: {said}, from {self.source}", shown, self.notes)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the table says: the same for any row or column order, file format and machine."""
        table = self.table.drop(columns=["row", FIRST], errors="ignore")
        lines = [json.dumps(sorted(table.columns)), *sorted(canonical_rows(table))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


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

    `source` is a path, a pattern such as "runs/*.parquet", a list of these, or a DataFrame; `rename` is
    {theirs: ours}. The columns tell which form a table has:

    - one row per problem: `problem`, `attempts`, `successes`, optional `errors` (attempts that did not run, not part of
      `attempts`). The same problem twice with all other columns equal is an error.
    - one row per attempt: `problem`, `success` (true, false, 1, 0; blank where it did not run), optional `error` (true,
      or a message, where it did not run) and `attempt` (its id). Files (.parquet, .csv, .jsonl, .ndjson) are counted
      without being loaded. `check_duplicates` reads them once more to find the same attempt twice.
    - Inspect logs (.eval, .json; extra `inspect`) and sample logs of the LM Evaluation Harness (samples_*.jsonl), see
      `bayescale.data.eval_logs.scores`: `scorer` is the scorer or "metric,filter", needed where there are several;
      `success` is "C" (graded correct, the default), "I" (graded incorrect), or the least number that is a success.

    Other columns are kept as text. Known ones (`bayescale.data.trials_validation.groups.GROUP_COLUMNS`) make groups
    by default, and
    `Trials.grouped` chooses among all; notes say which were not used. Optional `cluster` names groups of near-duplicate
    problems. Where attempts are numbered (column `attempt`), the position of the first success is kept.

    Raises InputError, listing every problem with column, values and row numbers.
    """
    name, given = opened(source)
    notes: list[str] = []
    read_log = log_reader(given) if isinstance(given, list) else None
    if read_log and isinstance(given, list):
        require_different(given)
        given, notes = read_log(scorer, success)
    elif scorer is not None or success is not None:
        raise InputError(f"{name}: scorer and success are for evaluation logs; a table has the column 'success'.")
    names, problems = named(given, name, {str(theirs): ours for theirs, ours in (rename or {}).items()})
    per_attempt, wrong_form = count_checks.form(list(names))
    problems += wrong_form + aggregated(names)
    read = _read_attempts if per_attempt else _read_counts
    if per_attempt and not problems and isinstance(given, list) and not read_log:
        require_different(given, FEWEST_COPIED)
    table, columns, found = read(given, names, name, problems, check_duplicates)
    if not problems and not table["attempts"].any():
        problems.append("no attempt ran: every one is blank or an error.")
    if problems:
        through = not per_attempt and isinstance(given, list) and len(given) > 1
        where = " (rows are numbered through all files)" if through else ""
        raise InputError(f"{name}: {count(len(problems), 'problem')} in this table of trials{where}", problems)
    groups, odd = default_groups(table, columns)
    notes += [*found, *count_checks.alike(list(names), per_attempt), *count_checks.did_not_run(table)]
    notes += [*odd, *not_used(table, columns, groups), *count_checks.labels_alike(table, groups)]
    unused = tuple(name for name in columns if name not in groups)
    return Trials(table, groups, name, tuple(notes), unused, per_attempt)


def _require_groups(trials: Trials, by: Sequence[str]) -> None:
    if isinstance(by, str):
        raise InputError(f"by={by!r}: give a list of columns, by=[{by!r}].")
    found = [
        f"column {name!r} is not a group column.{closest(name, trials.columns)}"
        for name in dict.fromkeys(by)
        if name not in trials.columns
    ]
    found += [f"column {name!r} is named more than once." for name in dict.fromkeys(by) if list(by).count(name) > 1]
    for name in dict.fromkeys(by):
        if name in trials.columns and (blank := (trials.table[name] == "").to_numpy()).any():
            rows = in_rows(trials.table["row"][blank].tolist())
            found.append(f"column {name!r}: blank in {rows}; name the group of every row.")
    if found:
        raise InputError(f"{trials.source}: cannot group trials by {', '.join(by)}", found)


type _Read = tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]  # table, groups, notes


def _read_attempts(
    given: pd.DataFrame | list[Path], names: Mapping[str, str], source: str, problems: list[str], check_duplicates: bool
) -> _Read:
    """A table with one row per attempt, counted; what is wrong with it is added to `problems`."""
    if problems:
        return pd.DataFrame(), (), ()
    wanted = {ours: theirs for ours, theirs in names.items() if ours != "row"}
    taken = {*wanted, *(theirs.casefold() for theirs in names.values())}
    if isinstance(given, list) and kind(given[0]) == "JSON lines" and "error" not in taken:
        wanted["error"] = "error"  # lines may name it so rarely that looking for their keys did not meet it
    counted = count_attempts(given, wanted, source, check_duplicates=check_duplicates)
    table = _finished(counted.table, counted.groups)
    problems += [*counted.problems, *count_checks.clustered_twice(table, counted.groups)]
    return table, counted.groups, counted.notes


def _read_counts(
    given: pd.DataFrame | list[Path], names: Mapping[str, str], source: str, problems: list[str], check_duplicates: bool
) -> _Read:
    """A table with one row per problem; what is wrong with it is added to `problems`."""
    read = given if isinstance(given, pd.DataFrame) else pd.concat([read_table(path).table for path in given])
    read = read[[name for name in read.columns if name]].reset_index(drop=True)
    table = read.rename(columns={theirs: ours for ours, theirs in names.items()})
    table["row"] = _row_numbers(table, problems)
    groups = tuple(str(name) for name in table.columns if name not in (*PER_PROBLEM, *PER_ATTEMPT, "row"))
    for name in (*groups, "problem", "cluster"):
        if name in table.columns:
            table[name] = pd.Series(as_labels(as_text(table[name]), name), dtype="str")
    if "errors" not in table.columns:
        table["errors"] = 0
    problems += count_checks.problems(table, groups)
    if check_duplicates:
        problems.append("check_duplicates needs one row per attempt, with the column 'attempt'.")
    if problems:
        return table, groups, ()
    whole = {name: as_numbers(table[name])[0].astype(np.int64) for name in COUNTS}
    if FIRST in table.columns:
        whole[FIRST] = as_numbers(table[FIRST])[0]
    return _finished(table.assign(**whole), groups), groups, ()


def _row_numbers(table: pd.DataFrame, problems: list[str]) -> np.ndarray:
    """1..n (through all files), or what the source's own column `row` says (a table that was read before)."""
    counted = np.arange(1, len(table) + 1)
    if "row" not in table.columns:
        return counted
    values, wrong = as_numbers(table["row"])
    if wrong.any() or not (values >= 1).all() or (values % 1).any() or len(set(values)) < len(values):
        problems.append(
            "column 'row' is kept for the number of the data row in the source and must hold different whole numbers "
            "from 1; give it another name with rename={'row': ...}."
        )
        return counted
    return values.astype(np.int64)


def _finished(table: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The columns of `Trials.table` in their order; a problem without a cluster is a cluster of its own."""
    if "row" not in table.columns:
        table = table.assign(row=np.arange(1, len(table) + 1))
    if "cluster" in table.columns:
        table = table.assign(cluster=table["cluster"].where(table["cluster"] != "", table["problem"]))
    order = [*groups, "problem", *(["cluster"] if "cluster" in table.columns else []), *COUNTS]
    order += [*([FIRST] if FIRST in table.columns else []), "row"]
    return table[order].reset_index(drop=True)
