"""Counts of trials added up by group and problem: identity of problems, and positions of first successes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows, listing
from bayescale.data.trials_validation.groups import FIRST, Role, decides_success, role
from bayescale.errors import closest


def group_problems(table: pd.DataFrame, columns: Sequence[str], by: Sequence[str]) -> list[str]:
    """Describe why trials cannot be grouped by some columns.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts, with `row`.
    columns : sequence of str
        Every column that can define groups.
    by : sequence of str
        The group columns.

    Returns
    -------
    list of str
        One message per column that is missing, named twice or blank in some row.
    """
    names = list(dict.fromkeys(by))
    problems = [
        f"column {name!r} is not a group column.{closest(name, columns)}" for name in names if name not in columns
    ]
    problems += [
        f"column {name!r} is named more than once; name it once." for name in names if list(by).count(name) > 1
    ]
    for name in names:
        if name in columns and (blank := (table[name] == "").to_numpy()).any():
            rows = in_rows(table["row"][blank].tolist())
            problems.append(f"column {name!r}: blank in {rows}; name the group of every row.")
    return problems


def distinguishing_columns(table: pd.DataFrame, by: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns that distinguish problems of one id within a group.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.
    by : sequence of str
        The group columns.
    columns : sequence of str
        Every column that can define groups.

    Returns
    -------
    list of str
        Columns beyond `by` that describe where a problem is from, with one id in several of their values.
    """
    distinguishing = []
    for name in columns:
        if name in by or role(name) is not Role.COLLECTION or decides_success(table, name):
            continue
        if table.groupby([*by, "problem"], sort=False)[name].nunique().max() > 1:
            distinguishing.append(name)
    return distinguishing


def qualified(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Make the ids of problems and clusters different in different values of some columns.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.
    columns : sequence of str
        The columns.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The counts with ids such as "benchmark: id".
    """
    prefix = table[list(columns)].agg(", ".join, axis=1)
    names = ["problem", *(["cluster"] if "cluster" in table.columns else [])]
    return table.assign(**{name: prefix + ": " + table[name] for name in names})


def repeated_in_groups(table: pd.DataFrame, groups: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Describe problems that occur in one default group more than once, distinguished by columns that define none.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Counts of a table with one row per problem.
    groups : sequence of str
        The group columns.
    columns : sequence of str
        Every column that can define groups.

    Returns
    -------
    list of str
        One message, or none.
    """
    keys = [*groups, "problem"]
    repeats = table[table.duplicated(keys, keep=False)]
    if repeats.empty:
        return []
    rest = [name for name in columns if name not in groups]
    differ = [name for name in rest if repeats.groupby(keys, sort=False)[name].nunique().max() > 1]
    rows_of = repeats.groupby(keys, sort=False)["row"].apply(list)
    problems = [f"{_last(key)!r} in {in_rows(rows)}" for key, rows in rows_of.items()]
    return [
        f"the same problem more than once{f' with the same {listing(groups)}' if groups else ''}: "
        f"{listing(problems, separator='; ')}; the rows differ in {listing(differ)}. State whether they are separate "
        f"groups or parts of one count: by=[{', '.join(repr(name) for name in (*groups, *differ))}] separates them, "
        f"by=[{', '.join(map(repr, groups))}] adds them up (--by on the command line, --by '' for no column)."
    ]


def _last(key: object) -> object:
    return key[-1] if isinstance(key, tuple) else key


def first_successes(table: pd.DataFrame, keys: Sequence[str], columns: Sequence[str]) -> np.ndarray:
    """Return the position of the first success of each group and problem.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts, with the column `first_success`.
    keys : sequence of str
        Columns of a group and problem.
    columns : sequence of str
        Every column that can define groups.

    Returns
    -------
    ndarray of float64
        Positions in the order in which `groupby` without sorting gives the keys. NaN without a success, and where rows
        are added up or split for which the order of attempts was not counted.
    """
    counted = ordered_by(columns)
    place = table.groupby([*keys], sort=False).ngroup()
    part = table.groupby(counted, sort=False).ngroup()
    mixed = part.groupby(place).min() < part.groupby(place).max()
    split = place.groupby(part).min() < place.groupby(part).max()
    first = table[FIRST].groupby(place).min()
    cut = split[part.groupby(place).first()].to_numpy()
    return np.where(mixed.to_numpy() | cut, np.nan, first.to_numpy())


def ordered_by(columns: Sequence[str]) -> list[str]:
    """Return the columns within whose values attempts are put in order.

    Parameters
    ----------
    columns : sequence of str
        Every column that can define groups.

    Returns
    -------
    list of str
        The known columns and `problem`.
    """
    return [*(name for name in columns if role(name) is not None), "problem"]
