"""`describe`: what a table probably is, which laws fit it, what is missing, and the call that reads it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.text import listing
from bayescale.data.aliases import add_identity
from bayescale.data.column_names import require_unique
from bayescale.data.columns import as_numbers
from bayescale.data.eval_logs.kinds import log_kind
from bayescale.data.io import read_table
from bayescale.data.quantities import SIZES, known_columns
from bayescale.data.reading import named_source, read_runs
from bayescale.data.sources import Attempts, read_source
from bayescale.data.trials import Trials, read_trials
from bayescale.data.trials_validation.form import PER_ATTEMPT, PER_PROBLEM
from bayescale.data.trials_validation.inputs import opened_source
from bayescale.description.commands import fit_command, name_of, python_call, risk_command
from bayescale.description.design import design_of
from bayescale.description.meanings import Meaning, meanings_of_runs, meanings_of_trials
from bayescale.description.result import Description, columns_of
from bayescale.errors import InputError
from bayescale.scaling_laws.entries import CATALOGUE


@checked
def describe(
    source: object,
    *,
    rename: Mapping[str, str] | None = None,
    response: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Description:
    """Describe a table before it is fitted: its columns, design, the laws that fit, and what is missing or odd.

    Names and units are guessed from names and values; nothing is guessed by `read_runs` and `read_trials`, which the
    description calls with its guesses written out, so that they can be reviewed.

    Parameters
    ----------
    source : object
        What `read_runs` or `read_trials` takes: a table in memory, a file, a pattern or address, a source, a log.
    rename : mapping of str to str, optional
        Names that are known, by the names in the source; they overrule guesses.
    response : str, optional
        Name of the measured column of runs; by default a loss, else another column that a law is of.
    units : mapping of str to str, optional
        Units that are known; they overrule guesses.

    Returns
    -------
    Description
        What the table probably is.

    Raises
    ------
    InputError
        If the source cannot be read as a table at all.
    """
    known = {str(column): name for column, name in (rename or {}).items()}
    log = _log(source)
    if log:
        return _of_log(source, log)
    table, name = _rows(source)
    require_unique(list(table.columns), name)
    renamed = table.rename(columns=known)
    require_unique(list(renamed.columns), f"{name} after rename")
    trials = {meaning.column: meaning.name for meaning in meanings_of_trials(list(renamed.columns)) if meaning.name}
    runs = meanings_of_runs(renamed, response)
    measured = response or _response(runs)
    names = set(trials.values())
    is_trials = "problem" in names and ({"attempts", "successes"} <= names or "success" in names)
    inputs = {name for law in CATALOGUE.values() if law.response == measured for name in law.inputs}
    if is_trials and not (measured and inputs & {meaning.name for meaning in runs}):
        return _of_trials(source, table, name, known | _back(trials, known))
    return _of_runs(source, table, name, known, [*runs], measured, dict(units or {}))


def _log(source: object) -> str:
    """The kind of an evaluation log; "" for tables."""
    if named_source(source) is not None and not isinstance(source, str):
        return ""
    try:
        with opened_source(source) as (_, data, _):
            kind = log_kind(data) if isinstance(data, list) else None
            return kind.name if kind else ""
    except InputError:
        return ""


def _rows(source: object) -> tuple[pd.DataFrame, str]:
    origin = named_source(source)
    if isinstance(origin, Attempts):
        raise InputError("attempts of a source are counts already: read them with read_trials.")
    if origin is not None:
        read = read_source(origin)
        return read.rows.drop(columns="source_file", errors="ignore"), read.source
    raw = read_table(source)
    return raw.table, raw.source


def _back(names: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """New names by the names in the source, of columns that are called otherwise."""
    originals = {new: column for column, new in known.items()}
    return {originals.get(column, column): name for column, name in names.items() if column != name}


def _response(meanings: Sequence[Meaning]) -> str:
    names = {meaning.name for meaning in meanings} | {meaning.column for meaning in meanings}
    of_laws = dict.fromkeys(law.response for law in CATALOGUE.values())
    return next((name for name in ("loss", "error", "accuracy", *of_laws) if name in names and name not in SIZES), "")


def _of_log(source: object, kind: str) -> Description:
    try:
        trials = read_trials(source)
    except InputError as error:
        frame = pd.DataFrame(columns=["column", "read as", "unit", "values"])
        return Description("trials", name_of(source), 0, kind, frame, problems=error.problems or (str(error),))
    return _description_of(trials, source, trials.table.drop(columns="row"), {}, kind)


def _of_trials(source: object, table: pd.DataFrame, name: str, rename: dict[str, str]) -> Description:
    rename = {column: new for column, new in rename.items() if column in table}
    try:
        trials = read_trials(source if named_source(source) is None else table, rename=rename)
    except InputError as error:
        columns = columns_of(table, [Meaning(str(column), rename.get(str(column), "")) for column in table], {})
        return Description(
            *("trials", name, len(table), "one row per attempt or per problem", columns),
            problems=error.problems or (str(error),),
            python=python_call("read_trials", source, rename),
        )
    form = "one row per attempt" if trials.per_attempt else "one row per problem"
    return _description_of(trials, source, table, rename, form)


def _description_of(
    trials: Trials, source: object, table: pd.DataFrame, rename: Mapping[str, str], form: str
) -> Description:
    meanings = [Meaning(str(column), rename.get(str(column), "")) for column in table]
    roles = {**{name: name for name in (*PER_PROBLEM, *PER_ATTEMPT)}, **dict.fromkeys(trials.groups, "group")}
    meanings = [Meaning(item.column, item.name or roles.get(item.column, "")) for item in meanings]
    total = trials.table[["attempts", "successes"]].sum()
    problems = trials.table["problem"].nunique()
    form += f": {total['successes']} successes in {total['attempts']} attempts at {problems} problems"
    return Description(
        *("trials", trials.source, len(table), form, columns_of(table, meanings, {})),
        notes=trials.notes,
        command=risk_command(source, rename),
        python=python_call("read_trials", source, rename),
    )


def _of_runs(
    source: object,
    table: pd.DataFrame,
    name: str,
    known: Mapping[str, str],
    meanings: list[Meaning],
    response: str,
    declared: dict[str, str],
) -> Description:
    units = {meaning.name: meaning.unit for meaning in meanings if meaning.unit} | declared
    identity = ("family", "run", "seed", "step")
    as_synonym = {meaning.column: meaning.name for meaning in meanings if meaning.name in identity}
    wanted = {meaning.column: meaning.name for meaning in meanings if meaning.name and meaning.column not in as_synonym}
    rename = {**known, **_back(wanted, known)}
    columns = columns_of(table.rename(columns=dict(known)), meanings, units)
    if not response:
        names = ", ".join(dict.fromkeys(law.response for law in CATALOGUE.values()))
        measured_column = f"a measured column; the catalogue has laws of {names}. Name it with rename, or response=."
        return Description("unknown", name, len(table), "no measured column", columns, missing=(measured_column,))
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        runs = read_runs(table, rename=rename, response=response, units=units)
    except InputError as error:
        form, frame, problems = f"measured: {response}", _renamed(table, rename, response), error.problems
        problems = problems or (str(error),)
    else:
        design, limits = design_of(runs.table, response)
        form, frame, notes = f"{response}; {design}", runs.table, (*runs.notes, *limits)
    lacks = {law.name: _lacking(law.required_inputs, frame) for law in CATALOGUE.values() if law.response == response}
    fitting = [law for law, names in lacks.items() if not names]
    laws = tuple(sorted(fitting, key=lambda law: -len(CATALOGUE[law].required_inputs)))  # the most specific first
    least = min(map(len, lacks.values()), default=0)
    nearly = {law: names for law, names in lacks.items() if names and len(names) == max(least, 1)}
    missing = () if laws else (_missing(lacks, response),)
    fit = fit_command(source, _usual_law(laws, frame, response), rename, units, frame) if laws and not problems else ""
    return Description(
        *("runs", name, len(table), form, columns, laws, nearly, missing, problems, notes),
        command=fit,
        python=python_call("read_runs", source, rename, units, response),
    )


def _usual_law(laws: Sequence[str], frame: pd.DataFrame, response: str) -> str:
    """The law that is proposed first: one that takes every input that varies, where none of the defaults does.

    Compute is not counted, as a table often has it beside size and data.
    """
    inputs = {name for name in known_columns(frame.columns) if name not in (response, "flops")}
    varying = {name for name in inputs if len(np.unique(as_numbers(frame[name])[0])) > 1}
    usual = [name for name in ("joint", "power_floor") if name in laws]
    specific = [name for name in laws if set(CATALOGUE[name].required_inputs) == varying and len(varying) > 2]
    return next(iter([*specific, *usual, *laws]))


def _renamed(table: pd.DataFrame, rename: Mapping[str, str], response: str) -> pd.DataFrame:
    """The table under our names, as far as it can be read."""
    try:
        return add_identity(table.rename(columns=dict(rename)), response)[0]
    except InputError:
        return table.rename(columns=dict(rename))


def _lacking(inputs: Sequence[str], frame: pd.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in inputs if name not in frame or not np.isfinite(as_numbers(frame[name])[0]).any())


def _missing(lacks: Mapping[str, tuple[str, ...]], response: str) -> str:
    if not lacks:
        return f"a law of {response!r}: adapt one, bayescale.law('power_floor', over=..., response={response!r})."
    names = dict.fromkeys(name for missing in lacks.values() if len(missing) == 1 for name in missing)
    return f"an input of a law of {response!r}: one of {listing(list(names)) or listing(list(lacks))}."
