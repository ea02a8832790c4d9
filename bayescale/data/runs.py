"""Runs: a validated table with one row per measured loss, and notes on everything that looks odd in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.notes import Note
from bayescale.core.text import count
from bayescale.data.aliases import add_identity
from bayescale.data.canonical_rows import digest_of_rows, without_added_values
from bayescale.data.columns import as_numbers
from bayescale.data.io import read_table
from bayescale.data.runs_validation import preparation, table_checks, unit_checks
from bayescale.data.runs_validation.comparability import mixed_quantities
from bayescale.data.runs_validation.completeness import (
    blank_values,
    incomplete_columns,
    incomplete_rows_note,
    missing_columns,
    without_response,
)
from bayescale.data.runs_validation.exclusion import excluded_rows, exclusion_note, rule_problems
from bayescale.data.runs_validation.identity import identity_of
from bayescale.data.runs_validation.thinning import thinned
from bayescale.data.runs_validation.training_identity import identify_trainings
from bayescale.data.runs_validation.usual_loss import compared_columns
from bayescale.data.units import convert, unit_problems
from bayescale.errors import InputError

NEVER_RESPONSE = ("family", "run", "seed", "step", "row")


@checked
@dataclass(frozen=True, eq=False, repr=False)  # tables do not compare to one truth value; compare digests
class Runs(Shown):
    """A validated table of runs.

    A `run` id is only as unique as the source makes it: runs are identified by (family, run).

    Attributes
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        One row per measured response, index 0..n_rows-1. Columns: `family` and `run` (text), `row` (1-based number of
        the data row in the source), known inputs, `step` and the response (float64, absolute counts, NaN where blank),
        and `seed` and every other column as the source has it.
    response : str
        Name of the measured column; `loss` is in nats per token.
    source : str
        Path, type of table, or "example:NAME".
    notes : tuple of str
        What is left out or looks odd, one sentence each.
    """

    table: pd.DataFrame
    response: str
    source: str
    notes: tuple[str, ...] = ()

    def complete(self, *columns: str) -> "Runs":
        """Select the rows with a value in each of some columns, with a note on those that are left out.

        Parameters
        ----------
        *columns : str
            Names of the columns.

        Returns
        -------
        Runs
            The complete rows.

        Raises
        ------
        InputError
            If a column does not exist, or no row remains.
        """
        missing = missing_columns(self.table, columns)
        if missing:
            raise InputError(f"{self.source}: cannot select complete rows", missing)
        table, notes = self.table, list(self.notes)
        for name in columns:
            blank = blank_values(table, name)
            if blank.all() and len(blank):
                raise InputError(f"{self.source}: no row has a value in {name!r}; give the column's values.")
            if blank.any():
                notes.append(incomplete_rows_note(table[blank], name))
                table = table[~blank]
        return replace(self, table=table.reset_index(drop=True), notes=tuple(notes))

    def exclude(
        self, *, reason: str, blank: str | None = None, where: Mapping[str, str | int | float] | None = None
    ) -> "Runs":
        """Leave rows out, and keep the reason in `notes`, in a fit's notes and in its lineage.

        Parameters
        ----------
        reason : str
            Why the rows are not used.
        blank : str, optional
            Column whose blank, NaN and infinite values mark the rows: the response of runs that diverged.
        where : mapping of str to str, int or float, optional
            Values by column that the rows have, all of them: ``{"run": "a17"}``. Either this or `blank`.

        Returns
        -------
        Runs
            The other rows, numbered as in the source.

        Raises
        ------
        InputError
            If the reason or a column is missing, or no row remains.
        """
        problems = rule_problems(reason, blank, where)
        excluded = np.zeros(len(self.table), dtype=bool)
        if not problems:
            rule = "blank" if where is None else "where"
            excluded = excluded_rows(self.table, blank, where or {}, rule, problems)
        if excluded.all() and len(excluded):
            problems.append(f"no row of {len(excluded)} remains; narrow the rule")
        if problems:
            raise InputError(f"{self.source}: cannot leave rows out", problems)
        note = exclusion_note(self.table["row"][excluded].tolist(), reason)
        outdated = without_response(self.table, self.response)
        table = self.table[~excluded].reset_index(drop=True)
        notes = [note for note in self.notes if note not in outdated] + without_response(table, self.response)
        return replace(self, table=table, notes=(*notes, note))

    def below(self, column: str, cut: float) -> tuple["Runs", "Runs"]:
        """Split the rows at a value of a column. Either part may be empty.

        Parameters
        ----------
        column : str
            Name of a column with a number in every row.
        cut : float
            The value, in the column's unit.

        Returns
        -------
        lower : Runs
            The rows with `column` <= `cut`.
        upper : Runs
            The rows above.

        Raises
        ------
        InputError
            If the column is missing, blank or not a number in some row, or `cut` is NaN.
        """
        if np.isnan(cut):
            raise InputError(f"{self.source}: cannot cut at {column} <= {cut!r}; give a number.")
        needs(self, [column])
        low = as_numbers(self.table[column])[0] <= cut
        lower, upper = (replace(self, table=self.table[part].reset_index(drop=True)) for part in (low, ~low))
        return lower, upper

    def thin(self, per_run: int) -> "Runs":
        """Select at most `per_run` rows of each run: its last row and others, evenly spaced.

        Parameters
        ----------
        per_run : int
            Most rows of a run. They are spaced by `step`, else by `n_tokens`, else by the order of the rows.

        Returns
        -------
        Runs
            The selected rows, with a note on how many are left out.

        Raises
        ------
        InputError
            If `per_run` is not a whole number from 1.
        """
        if per_run < 1:
            raise InputError(f"per_run={per_run!r} must be a whole number from 1, such as 8")
        selected = thinned(self.table, per_run)
        if selected.all():
            return self
        message = f"{count(int((~selected).sum()), 'checkpoint')} left out: at most {per_run} of each run are used."
        notes = (*self.notes, Note("thinned_checkpoints", message))
        return replace(self, table=self.table[selected].reset_index(drop=True), notes=notes)

    @property
    def _page(self) -> Page:
        runs = self.table[["family", "run"]].drop_duplicates()
        n_families = runs["family"].nunique()
        families = f"{n_families} famil{'y' if n_families == 1 else 'ies'}: {self.response}, from {self.source}"
        title = f"{count(len(self.table), 'row')} of {count(len(runs), 'run')} in {families}"
        return Page(title, self.table.drop(columns="row"), self.notes)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: the same for any row or column order, file format and machine.

        It covers the response's name and all columns, but not row numbers and the run ids made from them.
        """
        table = without_added_values(self.table)
        return digest_of_rows(json.dumps([self.response, sorted(table.columns)]), table)


def runs_from_table(
    source: object,
    *,
    rename: Mapping[str, str] | None = None,
    response: str = "loss",
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Runs:
    """Validate one table of runs: what `bayescale.data.reading.read_runs` does with the rows of any source.

    Parameters
    ----------
    source : str, os.PathLike or table
        What `bayescale.data.io.read_table` reads.
    rename, response, units, comparable
        As of `read_runs`.

    Returns
    -------
    Runs
        The validated table, with notes.

    Raises
    ------
    InputError
        If the table cannot be used; it lists every problem with column, values and row numbers.
    """
    if response in NEVER_RESPONSE:
        raise InputError(f"response={response!r} is not a measured number; name the column that holds the loss.")
    new_names = {str(source_name): name for source_name, name in (rename or {}).items()}
    raw = read_table(source, preparation.number_columns(new_names, response))
    problems: list[str] = []
    table, notes = add_identity(preparation.renamed(raw, new_names, response, problems), response)
    unread = preparation.make_numeric(table, response, problems)
    declared = dict(units or {})
    problems += unit_problems(declared, list(table.columns), response)
    conversions = convert(table, declared, response)
    identity = identity_of(table, preparation.make_text(table))
    if not raw.typed and response in table.columns:  # else the table is refused, whatever its other columns are
        table = preparation.convert_other_columns(table, response)
    problems += table_checks.problems(table, identity, response)
    source_names = {name: source_name for source_name, name in new_names.items()}
    compared = compared_columns(table, response)
    problems += unit_checks.unit_slips(table, compared, response, declared, source_names)
    problems += mixed_quantities(table, comparable)
    notes += identify_trainings(table, response, identity, ~unread, problems)
    if problems:
        raise InputError(f"{raw.source}: {count(len(problems), 'problem')} in this table of runs", problems)
    notes += conversions + table_checks.notes(table, identity, response)
    notes += unit_checks.unit_doubts(table, compared, identity, response, declared)
    return Runs(table, response, raw.source, (*raw.notes, *notes))


def needs(runs: Runs, columns: Sequence[str]) -> None:
    """Require a finite number in every row of some columns.

    Afterwards `runs.table[name].to_numpy(dtype=float)` works for each of them, whatever the source holds.

    Parameters
    ----------
    runs : Runs
        The table.
    columns : sequence of str
        Names of the columns.

    Raises
    ------
    InputError
        If a column is missing, or a value is blank or not a number; it lists all of them.
    """
    problems = missing_columns(runs.table, columns)
    present = [name for name in dict.fromkeys(columns) if name in runs.table.columns]
    problems += incomplete_columns(runs.table, present, runs.response)
    if problems:
        raise InputError(f"{runs.source}: this fit needs {', '.join(columns)}", problems)
