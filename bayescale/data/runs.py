"""Runs: one row per measured loss, validated whole, with everything odd about them said in `notes`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.text import count, in_rows, values_in_rows
from bayescale.data.aliases import add_identity
from bayescale.data.arrow import arrow_text, text_column
from bayescale.data.columns import (
    FAILED,
    as_given,
    as_numbers,
    as_text,
    as_text_column,
    canonical_rows,
    given_runs,
    made_up_runs,
    require_unique,
    settle,
)
from bayescale.data.io import Raw, read_table
from bayescale.data.keys import identity_of
from bayescale.data.quantities import KNOWN
from bayescale.data.runs_validation import table_checks, unit_checks
from bayescale.data.runs_validation.comparability import mixed_quantities
from bayescale.data.runs_validation.exclusion import blank_rows, excluded_rows, exclusion_note
from bayescale.data.runs_validation.repeated_measurements import repeats
from bayescale.data.runs_validation.thinning import thinned
from bayescale.data.runs_validation.training_identity import name_trainings
from bayescale.data.units import convert, unit_problems
from bayescale.errors import InputError, closest

NEVER_RESPONSE = ("family", "run", "seed", "step", "row")


@checked
@dataclass(frozen=True, eq=False, repr=False)  # tables do not compare to one truth value; compare digests
class Runs(Shown):
    """A validated table of runs.

    table     one row per measured response, index 0..n-1. Columns: `family` and `run` (text), `row` (1-based number of
              the data row in the source), known inputs, `step` and the response (float64, absolute counts, blank inputs
              NaN), `seed` and every other column as the source had it.
    response  name of the measured column; `loss` is in nats per token.
    source    path, "DataFrame", or "example:NAME".
    notes     what was left out or looks odd, one sentence each.

    A `run` id is only as unique as the source made it: runs are told apart by (family, run).
    """

    table: pd.DataFrame
    response: str
    source: str
    notes: tuple[str, ...] = ()

    def complete(self, *columns: str) -> "Runs":
        """The rows with a value in every one of `columns`, and a note of how many and which were left out.

        Raises InputError for a column that does not exist, and where no row would remain.
        """
        missing = _missing_columns(self, columns)
        if missing:
            raise InputError(f"{self.source}: cannot select complete rows", missing)
        table, notes = self.table, list(self.notes)
        for name in columns:
            blank = _blank(table, name)
            if blank.all() and len(blank):
                raise InputError(
                    f"{self.source}: no row is left that has a value in {name!r}; give the column's values."
                )
            if blank.any():
                notes.append(_left_out(table[blank], name))
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
        where : mapping, optional
            Values by column that the rows have, all of them: ``{"run": "a17"}``. Either this or `blank`.

        Returns
        -------
        Runs
            The other rows, numbered as they were in the source.

        Raises
        ------
        InputError
            For a missing reason or column, and where no row would remain.
        """
        problems = _rule_problems(reason, blank, where)
        rule = "blank" if where is None else "where"
        out = np.zeros(len(self.table), dtype=bool)
        if not problems:
            out = excluded_rows(self.table, blank, where or {}, rule, problems)
        if out.all() and len(out):
            problems.append(f"no row is left of {len(out)}")
        if problems:
            raise InputError(f"{self.source}: cannot leave rows out", problems)
        note = exclusion_note(self.table["row"][out].tolist(), reason)
        unusable = _without_response(self.table, self.response)
        table = self.table[~out].reset_index(drop=True)
        notes = [one for one in self.notes if one not in unusable] + _without_response(table, self.response)
        return replace(self, table=table, notes=(*notes, note))

    def below(self, column: str, cut: float) -> tuple["Runs", "Runs"]:
        """The rows with `column` <= `cut`, and those above; `cut` is in the column's own unit. Either may be empty.

        Raises InputError where the column is missing, blank or not a number in some row, or `cut` is NaN.
        """
        if np.isnan(cut):
            raise InputError(f"{self.source}: cannot cut at {column} <= {cut!r}; give a number.")
        needs(self, [column])
        low = as_numbers(self.table[column])[0] <= cut
        lower, upper = (replace(self, table=self.table[part].reset_index(drop=True)) for part in (low, ~low))
        return lower, upper

    def thin(self, per_run: int) -> "Runs":
        """At most `per_run` rows of each run: its last, and others evenly spaced along its course.

        The course is `step` where the table has it, else `n_tokens`, else the order of the rows. Raises InputError for
        a number that is none.
        """
        if isinstance(per_run, bool) or not isinstance(per_run, int) or per_run < 1:
            raise InputError(f"per_run={per_run!r} must be a whole number from 1, such as 8")
        kept = thinned(self.table, per_run)
        note = f"{count(int((~kept).sum()), 'checkpoint')} left out: at most {per_run} of each run are used."
        notes = self.notes if kept.all() else (*self.notes, note)
        return replace(self, table=self.table[kept].reset_index(drop=True), notes=notes)

    @property
    def _page(self) -> Page:
        runs = self.table[["family", "run"]].drop_duplicates()
        families = runs["family"].nunique()
        said = f"{count(len(self.table), 'row')} of {count(len(runs), 'run')} in "
        said += f"{families} famil{'y' if families == 1 else 'ies'}: {self.response}"
        return Page(f"{said}, from {self.source}", self.table.drop(columns="row"), self.notes)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the table says: the same for any row or column order, file format and machine.

        Row numbers and the run ids made up from them are not part of it; the response's name and all other columns are.
        """
        table = as_given(self.table)
        lines = [json.dumps([self.response, sorted(table.columns)]), *sorted(canonical_rows(table))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@checked
def read_runs(
    source: object,
    *,
    rename: Mapping[str, str] | None = None,
    response: str = "loss",
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Runs:
    """Read and validate a table of runs.

    `source` is the path of a .csv, .parquet, .jsonl or .ndjson file, a DataFrame, or "example:pile". `rename` is
    {theirs: ours}. Known inputs (`n_params`, `n_tokens`, `flops` ...) are absolute counts, the response is in nats per
    token unless it is named otherwise. Missing `family` makes one family "all"; a missing or blank `run` becomes
    "row 17". `family`, `run`, `seed` and `step` are also found under well-known synonyms (`model_family`, `run_name`,
    `global_step`), with a note. Blank inputs and responses are allowed here; a fit refuses them: see `complete` and
    `exclude`.

    `units` says what columns are in where that is something else, and they are converted: {"n_params": "millions"},
    {"loss": "perplexity"}, {"error": "percent"}. It also settles what a table leaves in doubt: a declared column
    ("absolute", "nats") is taken as it is. `comparable` says why losses of several evaluation sets, tokenizers, units
    or definitions of size may stand in one table, which is refused without a reason.

    Raises InputError, listing every problem with column, values and row numbers.
    """
    if response in NEVER_RESPONSE:
        raise InputError(f"response={response!r} is not a measured number; name the column that holds the loss.")
    raw = read_table(source)
    problems: list[str] = []
    names = {str(theirs): ours for theirs, ours in (rename or {}).items()}
    table = _renamed(raw, names, problems)
    _require_response(table, response, problems)
    table, notes = add_identity(_numbered(table, problems), response)
    unread = _make_numeric(table, response, problems)
    declared = dict(units or {})
    problems += unit_problems(declared, list(table.columns), response)
    conversions = convert(table, declared, response)
    named = _make_text(table)
    if not raw.typed:
        table = _settled(table, response)
    problems += table_checks.problems(table, response)
    problems += unit_checks.slips(table, response, declared, {ours: theirs for theirs, ours in names.items()})
    problems += mixed_quantities(table, comparable)
    notes += _identified(table, response, named, ~unread, problems)
    if problems:
        raise InputError(f"{raw.source}: {count(len(problems), 'problem')} in this table of runs", problems)
    doubts = unit_checks.doubts(table, response, declared)
    return Runs(
        table, response, raw.source, (*raw.notes, *notes, *conversions, *table_checks.notes(table, response), *doubts)
    )


def _identified(
    table: pd.DataFrame, response: str, named: np.ndarray, usable: np.ndarray, problems: list[str]
) -> list[str]:
    """Name the trainings of rows, in place, and look for repeated measurements; `named` (bool, n_rows) marks rows with
    a run id of the source, `usable` those whose numbers could be read. Returns notes."""
    if response not in table.columns:
        return []
    identity = identity_of(table, named)
    used = table if usable.all() else table[usable]
    repeated, repeat_notes = repeats(used, response, identity.rows(usable))
    problems += repeated
    if problems:
        problems += _without_response(used, response)
        return []
    unnamed, training_notes = name_trainings(table, identity)
    problems += unnamed
    return [*training_notes, *_without_response(table, response), *repeat_notes]


def _without_response(table: pd.DataFrame, response: str) -> list[str]:
    without = blank_rows(table[response])
    return [_unusable(response, table["row"][without].tolist())] if without.any() else []


def _unusable(response: str, rows: Sequence[int]) -> str:
    """What rows without a finite response mean, and every way to leave them out."""
    return (
        f"column {response!r}: blank or not finite in {in_rows(rows)}; a fit needs the number. Leave these rows out "
        f'with a reason: runs.exclude(blank="{response}", reason="diverged") in Python, --exclude-blank {response} '
        f'--reason "diverged" on the command line, [[data.exclude]] with blank = "{response}" in a spec.'
    )


def needs(runs: Runs, columns: Sequence[str]) -> None:
    """Ask for `columns` before a fit: each must exist and hold a finite number in every row.

    Afterwards `runs.table[name].to_numpy(dtype=float)` works for each of them, whatever the source held.

    Raises InputError listing every missing column with its closest match, and every row that is blank or no number.
    """
    found = _missing_columns(runs, columns)
    present = [name for name in dict.fromkeys(columns) if name in runs.table.columns]
    for name in present:
        values, wrong = as_numbers(runs.table[name])
        found += _not_numbers(runs.table, name, wrong | (np.isinf(values) & (name != runs.response)))
        if name == runs.response:
            found += _without_response(runs.table, name)
    blank = {name: _blank(runs.table, name) for name in present if name != runs.response}
    incomplete = ", ".join(f'"{name}"' for name in blank if blank[name].any())
    for name, where in blank.items():
        if where.any():
            found.append(
                f"column {name!r}: blank in {in_rows(runs.table['row'][where].tolist())}; give the values, "
                f"or leave out incomplete rows with runs.complete({incomplete}) (--complete on the command line)."
            )
    if found:
        raise InputError(f"{runs.source}: this fit needs {', '.join(columns)}", found)


def _rule_problems(reason: str, blank: str | None, where: Mapping[str, object] | None) -> list[str]:
    problems = []
    if len(reason.strip()) < 3:
        problems.append(f"reason={reason!r} must say why the rows are not used, in three letters or more")
    if (blank is None) == (where is None):
        problems.append("name the rows by either blank='column' or where={column: value}")
    elif where is not None and not where:
        problems.append(f"where={where!r} must be values by column, such as {{'run': 'a17'}}")
    return problems


def _blank(table: pd.DataFrame, name: str) -> np.ndarray:
    values, wrong = as_numbers(table[name])
    blank: np.ndarray = np.isnan(values) & ~wrong
    return blank


def _missing_columns(runs: Runs, columns: Sequence[str]) -> list[str]:
    known = [str(name) for name in runs.table.columns if name != "row"]
    return [
        f"column {name!r} is not in the table.{closest(name, known)} If it has another name there, read it with "
        f"rename={{theirs: {name!r}}}."
        for name in dict.fromkeys(columns)
        if name not in runs.table.columns
    ]


def _left_out(rows: pd.DataFrame, name: str) -> str:
    families = sorted(set(rows["family"]))
    verb = "is" if len(rows) == 1 else "are"
    return (
        f"{count(len(rows), 'row')} {verb} left out because {name} is blank: {in_rows(rows['row'].tolist())} "
        f"({'family' if len(families) == 1 else 'families'} {', '.join(families)})."
    )


def _renamed(raw: Raw, rename: Mapping[str, str], problems: list[str]) -> pd.DataFrame:
    names = list(raw.table.columns)
    require_unique(names, raw.source)
    for theirs, ours in rename.items():
        if theirs not in names:
            turned = f" rename is {{theirs: ours}}: write {{{ours!r}: {theirs!r}}}." if ours in names else ""
            problems.append(f"rename: {theirs!r} is not a column of the source.{turned or closest(theirs, names)}")
    table = raw.table.rename(columns=dict(rename)) if rename else raw.table.copy(deep=False)
    require_unique(list(table.columns), f"{raw.source} after rename")
    return table


def _require_response(table: pd.DataFrame, response: str, problems: list[str]) -> None:
    if response not in table.columns:
        problems.append(
            f"the response {response!r} is not a column.{closest(response, table.columns)} "
            f"Name it with response=..., or rename={{theirs: {response!r}}} (--rename theirs={response} on the command "
            "line)."
        )


def _numbered(table: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """The table with `row`, in place: 1..n, or what the source's own column `row` says (of a table read before)."""
    if "row" not in table.columns:
        table["row"] = np.arange(1, len(table) + 1)
        return table
    values, wrong = as_numbers(table["row"])
    if wrong.any() or not (values >= 1).all() or (values % 1).any() or len(set(values)) < len(values):
        problems.append(
            "column 'row' is kept for the number of the data row in the source and must hold different whole numbers "
            "from 1; give it another name with rename={'row': ...}."
        )
        values = np.arange(1.0, len(table) + 1)
    table["row"] = values.astype(np.int64)
    return table


def _make_numeric(table: pd.DataFrame, response: str, problems: list[str]) -> np.ndarray:
    """Make the response, `step` and the known inputs float64, in place; which rows hold a value that is no number."""
    unread = np.zeros(len(table), dtype=bool)
    for name in dict.fromkeys((response, "step", *KNOWN)):
        if name not in table.columns:
            continue
        column = table[name]
        if column.dtype == np.float64:
            continue
        values, wrong = as_numbers(column)
        if name == response and wrong.any():
            wrong[wrong] = [text.lower() not in FAILED for text in as_text(column[wrong])]
        problems += _not_numbers(table, name, wrong)
        table[name] = values
        unread |= wrong
    return unread


def _not_numbers(table: pd.DataFrame, name: str, wrong: np.ndarray) -> list[str]:
    if not wrong.any():
        return []
    rows = table[wrong]
    shown = values_in_rows(rows[name].tolist(), rows["row"].tolist())
    return [f"column {name!r}: {shown} is not a finite number; write plain numbers such as 7e9, blank if not known."]


def _make_text(table: pd.DataFrame) -> np.ndarray:
    """Make `family` and `run` text, in place: family "all" where the column is absent, run "row 17" where blank.

    Returns which rows have a run id of the source (bool, n_rows).
    """
    if "family" in table.columns:
        table["family"] = as_text_column(table["family"])
    else:
        table["family"] = text_column(pa.repeat(pa.scalar("all", pa.large_string()), len(table)))
    if "run" not in table.columns:
        table["run"] = text_column(made_up_runs(table["row"].to_numpy()))
        return np.zeros(len(table), dtype=bool)
    runs = arrow_text(as_text_column(table["run"]))
    blank = pc.equal(runs, "")
    if pc.any(blank).as_py():
        runs = pc.if_else(blank, made_up_runs(table["row"].to_numpy()), runs)
    table["run"] = text_column(runs)
    return given_runs(table)


def _settled(table: pd.DataFrame, response: str) -> pd.DataFrame:
    done = {"family", "run", "row", "step", response, *KNOWN}
    return pd.DataFrame({name: table[name] if name in done else settle(table[name]) for name in table.columns})
