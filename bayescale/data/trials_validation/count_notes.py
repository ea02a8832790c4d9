"""Notes on trials that look odd: attempts that did not run, groups that mix values, groups of a single problem."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, listing


def labels_alike(table: pd.DataFrame, groups: Sequence[str]) -> list[Note]:
    """Return notes on values of a group column that differ only in upper and lower case.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    groups : sequence of str
        The group columns.

    Returns
    -------
    list of Note
        One note per column.
    """
    notes = []
    for name in groups:
        spellings: defaultdict[str, list[str]] = defaultdict(list)
        for value in table[name].drop_duplicates():
            spellings[value.casefold()].append(value)
        alike = [values for values in spellings.values() if len(values) > 1]
        if alike:
            pairs = listing([" and ".join(map(repr, values)) for values in alike])
            message = f"Values of {name} that differ only in upper and lower case are separate values: {pairs}."
            names = [value for values in alike[:SHOWN] for value in values]
            notes.append(Note("labels_differ_in_case", message, names))
    return notes


def qualified_problems(columns: Sequence[str]) -> list[Note]:
    """Return a note on the columns that distinguish problems of one id.

    Parameters
    ----------
    columns : sequence of str
        The columns.

    Returns
    -------
    list of Note
        The note, or none.
    """
    if not columns:
        return []
    message = f"Ids of problems are equal in several values of {listing(list(columns))}: these are different problems."
    return [Note("qualified_problems", message)]


def did_not_run(table: pd.DataFrame) -> list[Note]:
    """Return notes on the attempts that did not run, and on problems without an attempt that ran.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The counts.

    Returns
    -------
    list of Note
        The notes.
    """
    errors, attempts = int(table["errors"].sum()), int(table["attempts"].sum())
    if not errors:
        return []
    message = (
        f"{errors} of {errors + attempts} attempts did not run and are left out: they count neither as successes nor "
        "as failures."
    )
    notes = [Note("attempts_not_run", message)]
    never = table["attempts"].to_numpy() == 0
    if never.any():
        names = table["problem"].to_numpy()[never].tolist()
        message = (
            f"No attempt ran for {count(len(names), 'problem')} ({listing([repr(name) for name in names])}): each "
            "remains with 0 attempts, at unknown risk."
        )
        notes.append(Note("problems_not_run", message, names[:SHOWN]))
    return notes


def mixed_groups(table: pd.DataFrame, by: Sequence[str], others: Sequence[str]) -> list[Note]:
    """Return notes on columns with more than one value inside a group, and on the rows that are added up.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    by : sequence of str
        The group columns.
    others : sequence of str
        The other columns.

    Returns
    -------
    list of Note
        The notes.
    """
    keys = _keys(table, by)
    notes = []
    mixed = {name: values for name in others if (values := _most_values(table[name], keys))}
    if mixed:
        lists = [f"{name} ({listing([repr(value) for value in values])})" for name, values in mixed.items()]
        names = [value for values in mixed.values() for value in values[:SHOWN]]
        notes.append(Note("mixed_groups", f"Mixed inside a group: {listing(lists, separator='; ')}.", names))
    n_rows, n_problems = len(table), len(table[[*by, "problem"]].drop_duplicates())
    if n_rows > n_problems:
        message = f"{n_rows} rows were added up to {n_problems}, one per {', '.join([*by, 'problem'])}."
        notes.append(Note("added_rows", message))
    return notes


def _keys(table: pd.DataFrame, by: Sequence[str]) -> "pd.Series[Any]":
    if not by:
        return pd.Series(0, index=table.index)
    return table.groupby(list(by), sort=False).ngroup()


def _most_values(column: "pd.Series[str]", keys: "pd.Series[Any]") -> list[str]:
    """The values of the group with most of them, where a group has more than one."""
    numbers = column.groupby(keys).nunique()
    if numbers.max() < 2:
        return []
    return sorted(column[keys == numbers.idxmax()].unique())


def single_problems(table: pd.DataFrame, by: Sequence[str]) -> list[Note]:
    """Return a note on groups of one problem, which do not show how problems differ.

    Parameters
    ----------
    table : DataFrame of shape (n_problems, n_columns)
        One row per group and problem.
    by : sequence of str
        The group columns.

    Returns
    -------
    list of Note
        The note, or none.
    """
    keys = _keys(table, by)
    alone = table[keys.map(keys.value_counts()) == 1]
    if alone.empty:
        return []
    groups = [dict(zip(by, row, strict=True)) for row in alone[list(by)].itertuples(index=False)]
    message = (
        f"A single problem does not show how problems differ: {listing([_group_name(group) for group in groups])} "
        f"({'has' if len(groups) == 1 else 'have'} one problem)."
    )
    names = [value for group in groups[:SHOWN] for value in group.values()]
    return [Note("single_problem", message, names)]


def _group_name(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items()) or "the table"
