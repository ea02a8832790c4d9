"""Which columns of a table of trials make groups, and which tell problems apart.

Groups are made by known columns, or by those that are named. Any other column may hold an outcome, a text or a number
of a row: it never makes a group unless it is named, and a note says so.
"""

import re
from collections.abc import Sequence
from enum import Enum

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows, listing


class Role(Enum):
    """What a known column says of an attempt."""

    CONDITION = "how it was made: the same problem may stand under several"
    COLLECTION = "where its problem is from: ids may be equal in two of them, and the problems are not"


#: The columns that make groups by default, written without case and without signs between words. Names that begin with
#: one of `READER_PREFIXES` belong to them: readers of evaluation logs make these.
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
#: What readers of evaluation logs put before the names of settings that may differ between logs.
READER_PREFIXES = {
    "task_arg_": Role.COLLECTION,
    "solver_arg_": Role.CONDITION,
    "model_arg_": Role.CONDITION,
    "generate_": Role.CONDITION,
    "log_": Role.CONDITION,
}
#: Columns that number or date the rows of an export: that they differ makes no two attempts of one.
BOOKKEEPING = re.compile(
    r"unnamed\d*|index|level\d+|idx|id|row|rowid|rownumber|line|lineno|"
    r"(created|updated|started|finished|ended|exported|export|start|end)?(at|on|date|time|datetime|timestamp)|"
    r"created|updated|exported|exportedat|elapsed|duration|latency|seconds"
)
FIRST = "first_success"
_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_MODEL = {"model", "modelname", "modelid"}
_LABELS = {"category", "subcategory", "topic"}  # may label the answer instead of the problem
_NEVER_LABELS = {*_MODEL, "attack", "attackname", "temperature", "topp", "topk"}  # say how an attempt was made


def plain_name(name: str) -> str:
    """A column's name without case and without signs between words: "Model Name" is "modelname"."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def role(name: str) -> Role | None:
    """What a column is known to say; None for one that is not known."""
    prefix = next((prefix for prefix in READER_PREFIXES if name.startswith(prefix)), None)
    return READER_PREFIXES[prefix] if prefix else GROUP_COLUMNS.get(plain_name(name))


def is_bookkeeping(name: str) -> bool:
    """Whether a column numbers or dates rows."""
    return BOOKKEEPING.fullmatch(plain_name(name)) is not None


def default_groups(table: pd.DataFrame, columns: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The columns that make groups where none are named, and notes on known columns that do not.

    A known column makes none where every value has one problem of its own, or where it labels answers by their outcome.
    """
    groups, notes = [], []
    for name in columns:
        if role(name) is None:
            continue
        if one_problem_each(table, name):
            notes.append(f"Column {name!r} has one problem per value and makes no groups; by=[{name!r}] makes them.")
        elif decides_success(table, name):
            notes.append(f"Column {name!r} decides success and makes no groups: it is an outcome.")
        else:
            groups.append(name)
    return tuple(groups), notes


def not_used(table: pd.DataFrame, columns: Sequence[str], groups: Sequence[str]) -> list[str]:
    """A note on the columns that make no groups, and which of them vary within a problem's attempts."""
    rest = [name for name in columns if role(name) is None]
    if not rest:
        return []
    known = [name for name in columns if role(name) is not None]
    varied = [name for name in rest if table.groupby([*known, "problem"], sort=False)[name].nunique().max() > 1]
    more = f" {listing(varied)} var{'ies' if len(varied) == 1 else 'y'} within a problem's attempts." if varied else ""
    return [
        f"Groups are made by {listing(groups) if groups else 'no column'}; columns not used: {listing(rest)}.{more} "
        "by=[...] (--by) names the columns that make groups."
    ]


def one_problem_each(table: pd.DataFrame, name: str) -> bool:
    """Whether each of several values of a column has one problem, and each problem one value; never for the model."""
    pairs = table[[name, "problem"]].drop_duplicates()
    several = len(pairs) > 1 and plain_name(name) not in _MODEL
    return several and bool(pairs[name].is_unique and pairs["problem"].is_unique)


def decides_success(table: pd.DataFrame, name: str) -> bool:
    """Whether a column labels answers: every value has only successes or only failures, both within one problem.

    Settings that every problem was attempted under equally often were chosen, whatever came of them.
    """
    if plain_name(name) in _NEVER_LABELS or (plain_name(name) not in _LABELS and _balanced(table, name)):
        return False
    successes, attempts = (table.groupby(name)[what].sum() for what in ("successes", "attempts"))
    pure = (successes == 0) | (successes == attempts)
    others = [one for one in table.columns if role(str(one)) is Role.CONDITION and one != name]
    within = table.groupby([*others, "problem"])[["successes", "attempts"]].sum()
    mixed = (within["successes"] > 0) & (within["successes"] < within["attempts"])
    return bool(pure.all() and mixed.any())


def _balanced(table: pd.DataFrame, name: str) -> bool:
    """Whether every problem has as many attempts in each value of a column."""
    calls = (table["attempts"] + table["errors"]).groupby([table["problem"], table[name]], sort=False).sum()
    by_problem = calls.groupby(level=0, sort=False).agg(["min", "max", "size"])
    equal = by_problem["min"] == by_problem["max"]
    return bool((equal & (by_problem["size"] == table[name].nunique())).all())


def telling_apart(table: pd.DataFrame, by: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Columns beyond `by` that say where a problem is from, in several of which one id stands within a group."""
    found = []
    for name in columns:
        if name in by or role(name) is not Role.COLLECTION or decides_success(table, name):
            continue
        if table.groupby([*by, "problem"], sort=False)[name].nunique().max() > 1:
            found.append(name)
    return found


def qualified(table: pd.DataFrame, apart: Sequence[str]) -> pd.DataFrame:
    """The table with ids of problems and clusters made different in different values of the columns `apart`."""
    prefix = table[list(apart)].agg(", ".join, axis=1)
    names = ["problem", *(["cluster"] if "cluster" in table.columns else [])]
    return table.assign(**{name: prefix + ": " + table[name] for name in names})


def added_up(table: pd.DataFrame, groups: Sequence[str], columns: Sequence[str]) -> list[str]:
    """What keeps counts of a table with one row per problem from being grouped by default: the same problem more than
    once in a group, told apart by columns that make none."""
    keys = [*groups, "problem"]
    again = table[table.duplicated(keys, keep=False)]
    if again.empty:
        return []
    rest = [name for name in columns if name not in groups]
    differ = [name for name in rest if again.groupby(keys, sort=False)[name].nunique().max() > 1]
    sizes = again.groupby(keys, sort=False)["row"].apply(list)
    shown = [f"{_last(key)!r} in {in_rows(rows)}" for key, rows in sizes.items()]
    return [
        f"the same problem more than once{f' with the same {listing(groups)}' if groups else ''}: "
        f"{listing(shown, separator='; ')}; the rows differ in {listing(differ)}. Are they different things, or parts "
        f"of one count? by=[{', '.join(repr(name) for name in (*groups, *differ))}] keeps them apart, "
        f"by=[{', '.join(map(repr, groups))}] adds them up (--by on the command line, --by '' for no column)."
    ]


def _last(key: object) -> object:
    return key[-1] if isinstance(key, tuple) else key


def as_labels(texts: Sequence[str], name: str) -> list[str]:
    """Texts of a column with equal numbers as one text: "1.0" is "1", and a temperature of "0.70" is "0.7"."""
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


def first_successes(table: pd.DataFrame, keys: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """Position of the first success by `keys`, in the order in which `groupby` without sorting gives them; NaN where
    there is none, and where rows are added up or told apart that the order of attempts was not counted for."""
    counted = ordered_by(columns)
    place = table.groupby([*keys], sort=False).ngroup()
    part = table.groupby(counted, sort=False).ngroup()
    mixed = part.groupby(place).min() < part.groupby(place).max()
    split = place.groupby(part).min() < place.groupby(part).max()
    first = table[FIRST].groupby(place).min()
    cut = split[part.groupby(place).first()].to_numpy()
    return np.where(mixed.to_numpy() | cut, np.nan, first.to_numpy())


def ordered_by(columns: Sequence[str]) -> list[str]:
    """The columns within whose values attempts are put in order."""
    return [*(name for name in columns if role(name) is not None), "problem"]
