"""Which columns of a table of trials define groups, and which distinguish problems of one id.

Groups are defined by known columns, or by the columns that the caller names. Any other column may hold an outcome, a
text or a number of a row: it defines groups only where it is named, and a note reports it.
"""

import re
from collections.abc import Sequence
from enum import Enum

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import listing


class Role(Enum):
    """What a known column describes."""

    CONDITION = "how an attempt was made: one problem may be attempted under several"
    COLLECTION = "where a problem is from: equal ids of two collections are different problems"


#: The columns that define groups by default, as `plain_name` writes them. Names with one of `READER_PREFIXES`, which
#: readers of evaluation logs add, belong to them.
GROUP_COLUMNS = {
    **dict.fromkeys(
        (
            *("model", "modelname", "modelid", "modelversion", "modelfamily", "modelrole", "family", "checkpoint"),
            *("attack", "attackname", "attacktype", "attackmethod", "method", "strategy", "jailbreak"),
            *("temperature", "topp", "topk", "condition", "promptcondition", "prompttemplate", "promptstyle"),
            *("promptvariant", "systemprompt", "variant", "treatment", "defense", "defence", "mitigation", "setting"),
            *("solver", "agent", "scaffold", "judge", "judgemodel", "grader", "scorer", "taskversion", "group"),
        ),
        Role.CONDITION,
    ),
    **dict.fromkeys(
        (
            *(
                "benchmark",
                "benchmarkname",
                "dataset",
                "datasetname",
                "suite",
                "task",
                "taskname",
                "category",
                "subject",
            ),
            *("split", "subset", "subcategory", "domain", "topic", "language", "lang", "evalset", "testset"),
            *("environment", "env", "repo", "repository", "course", "exam"),
        ),
        Role.COLLECTION,
    ),
}
#: Prefixes of readers of evaluation logs before the names of settings that may differ between logs.
READER_PREFIXES = {
    "task_arg_": Role.COLLECTION,
    "solver_arg_": Role.CONDITION,
    "model_arg_": Role.CONDITION,
    "generate_": Role.CONDITION,
    "log_": Role.CONDITION,
}
#: Columns that number or date the rows of an export: a difference there does not mean different attempts.
BOOKKEEPING = re.compile(
    r"unnamed\d*|index|level\d+|idx|id|row|rowid|rownumber|line|lineno|"
    r"(created|updated|started|finished|ended|exported|export|start|end)?(at|on|date|time|datetime|timestamp)|"
    r"created|updated|exported|exportedat|elapsed|duration|latency|seconds"
)
COUNTS = ("attempts", "successes", "errors")
FIRST = "first_success"
_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_MODEL = {"model", "modelname", "modelid"}
_LABELS = {"category", "subcategory", "topic"}  # may label the answer instead of the problem
_NEVER_LABELS = {*_MODEL, "attack", "attackname", "temperature", "topp", "topk"}  # describe how attempts are made


def plain_name(name: str) -> str:
    """Return a column name without case and without signs between words.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        "modelname" for "Model Name".
    """
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def role(name: str) -> Role | None:
    """Return what a column is known to describe.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    Role or None
        None for a column that is not known.
    """
    prefix = next((prefix for prefix in READER_PREFIXES if name.startswith(prefix)), None)
    return READER_PREFIXES[prefix] if prefix else GROUP_COLUMNS.get(plain_name(name))


def is_bookkeeping(name: str) -> bool:
    """Return whether a column numbers or dates rows.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    bool
        True for names such as `index` and `created_at`.
    """
    return BOOKKEEPING.fullmatch(plain_name(name)) is not None


def default_groups(table: pd.DataFrame, columns: Sequence[str]) -> tuple[tuple[str, ...], list[Note]]:
    """Return the columns that define groups where the caller names none.

    A known column defines none where every value has one problem, or where it labels answers by their outcome.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.
    columns : sequence of str
        Every column that can define groups.

    Returns
    -------
    groups : tuple of str
        The columns.
    notes : list of Note
        Notes on known columns that define no groups.
    """
    groups: list[str] = []
    notes: list[Note] = []
    for name in columns:
        if role(name) is None:
            continue
        if _one_problem_each(table, name):
            message = f"Column {name!r} has one problem per value and defines no groups; by=[{name!r}] overrules it."
            notes.append(Note("one_problem_per_value", message))
        elif decides_success(table, name):
            message = f"Column {name!r} decides success and defines no groups: it is an outcome."
            notes.append(Note("outcome_column", message))
        else:
            groups.append(name)
    return tuple(groups), notes


def unused_columns(table: pd.DataFrame, columns: Sequence[str], groups: Sequence[str]) -> list[Note]:
    """Return a note on the columns that define no groups, and which of them vary within a problem's attempts.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.
    columns : sequence of str
        Every column that can define groups.
    groups : sequence of str
        The group columns.

    Returns
    -------
    list of Note
        The note, or none.
    """
    rest = [name for name in columns if role(name) is None]
    if not rest:
        return []
    known = [name for name in columns if role(name) is not None]
    varied = [name for name in rest if table.groupby([*known, "problem"], sort=False)[name].nunique().max() > 1]
    more = f" {listing(varied)} var{'ies' if len(varied) == 1 else 'y'} within a problem's attempts." if varied else ""
    message = (
        f"Groups are defined by {listing(groups) if groups else 'no column'}; columns not used: {listing(rest)}.{more} "
        "by=[...] (--by) names the columns that define groups."
    )
    return [Note("unused_columns", message)]


def _one_problem_each(table: pd.DataFrame, name: str) -> bool:
    """Whether each of several values of a column has one problem, and each problem one value; never for the model."""
    pairs = table[[name, "problem"]].drop_duplicates()
    several = len(pairs) > 1 and plain_name(name) not in _MODEL
    return several and bool(pairs[name].is_unique and pairs["problem"].is_unique)


def decides_success(table: pd.DataFrame, name: str) -> bool:
    """Return whether a column labels answers by their outcome.

    Every value then has only successes or only failures, and a problem has both. A setting under which every problem
    was attempted equally often was chosen, whatever the outcomes.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.
    name : str
        Name of the column.

    Returns
    -------
    bool
        True for an outcome.
    """
    if plain_name(name) in _NEVER_LABELS or (plain_name(name) not in _LABELS and _balanced(table, name)):
        return False
    successes, attempts = (table.groupby(name)[counted].sum() for counted in ("successes", "attempts"))
    pure = (successes == 0) | (successes == attempts)
    others = [column for column in table.columns if role(str(column)) is Role.CONDITION and column != name]
    within = table.groupby([*others, "problem"])[["successes", "attempts"]].sum()
    mixed = (within["successes"] > 0) & (within["successes"] < within["attempts"])
    return bool(pure.all() and mixed.any())


def _balanced(table: pd.DataFrame, name: str) -> bool:
    """Whether every problem has as many attempts in each value of a column."""
    calls = (table["attempts"] + table["errors"]).groupby([table["problem"], table[name]], sort=False).sum()
    by_problem = calls.groupby(level=0, sort=False).agg(["min", "max", "size"])
    equal = by_problem["min"] == by_problem["max"]
    return bool((equal & (by_problem["size"] == table[name].nunique())).all())


def as_labels(texts: Sequence[str], name: str) -> list[str]:
    """Write equal numbers of a column as one text: "1.0" is "1", and a temperature of "0.70" is "0.7".

    Parameters
    ----------
    texts : sequence of str
        The texts of the column.
    name : str
        Name of the column.

    Returns
    -------
    list of str
        The labels.
    """
    numeric = plain_name(name).endswith(("temperature", "topp"))
    return [_as_label(text, numeric) for text in texts]


def _as_label(text: str, numeric: bool) -> str:
    if match := _WHOLE.fullmatch(text):
        return match[1]
    if numeric:
        try:
            return f"{float(text):.12g}"
        except ValueError:
            return text
    return text
