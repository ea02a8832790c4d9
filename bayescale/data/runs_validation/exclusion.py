"""Rows that a rule leaves out: those without a value in a column, or with given values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import count, in_rows
from bayescale.data.columns import FAILED, NO_NUMBER, as_numbers, as_text
from bayescale.errors import closest

#: Texts that stand for infinity in tables, in lower case.
INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})


def blank_rows(column: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Return the rows in which a column has no usable value.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Numbers or text.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        True for a blank, NaN, an infinite number, and a word such as "diverged".
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return ~np.isfinite(as_numbers(column)[0])
    unusable = NO_NUMBER | INFINITE | FAILED
    return np.array([text.lower() in unusable for text in as_text(column)], dtype=bool)


def rows_of_values(column: "pd.Series[Any]", values: Sequence[str | int | float]) -> NDArray[np.bool_]:
    """Return the rows in which a column has one of some values.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Numbers or text.
    values : sequence of str, int or float
        Numbers compare as numbers, text as text. The texts "NaN" and "Infinity" also match such numbers.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows.
    """
    texts = {value for value in values if isinstance(value, str)}
    numbers = [float(value) for value in values if not isinstance(value, str)]
    numbers += [float(text) for text in texts if text.strip().lower() in INFINITE | {"nan"}]
    matches = np.array([text in texts for text in as_text(column)], dtype=bool)
    if numbers:
        parsed, not_numbers = as_numbers(column)
        matches |= np.isin(parsed, numbers) & ~not_numbers
        if any(map(math.isnan, numbers)):
            matches |= np.isnan(parsed) & ~not_numbers
    return matches


def rule_problems(reason: str, blank: str | None, where: Mapping[str, object] | None) -> list[str]:
    """Describe what is wrong with the arguments of an exclusion.

    Parameters
    ----------
    reason : str
        Why the rows are not used.
    blank : str or None
        Column whose missing values mark the rows.
    where : mapping or None
        Values by column that mark the rows.

    Returns
    -------
    list of str
        One message per problem.
    """
    problems = []
    if len(reason.strip()) < 3:
        problems.append(f"reason={reason!r} must state why the rows are not used, in three characters or more")
    if (blank is None) == (where is None):
        problems.append("name the rows by either blank='column' or where={column: value}")
    elif where is not None and not where:
        problems.append(f"where={where!r} must be values by column, such as {{'run': 'a17'}}")
    return problems


def excluded_rows(
    table: pd.DataFrame, blank: str | None, where: Mapping[str, str | int | float], rule: str, problems: list[str]
) -> NDArray[np.bool_]:
    """Return the rows that are blank in a column, or whose columns have given values.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows.
    blank : str or None
        Column whose missing values mark the rows.
    where : mapping of str to str, int or float
        Values by column, all of which a row must have; used where `blank` is None.
    rule : str
        What messages call the rule.
    problems : list of str
        Receives a message for each column that does not exist; no row is excluded then.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows.
    """
    names = [blank] if blank is not None else list(where)
    missing = [name for name in names if name not in table.columns]
    problems += [f"{rule}: no column {name!r}.{closest(name, table.columns)}" for name in missing]
    if missing:
        return np.zeros(len(table), dtype=bool)
    if blank is not None:
        return blank_rows(table[blank])
    return np.all([rows_of_values(table[name], (value,)) for name, value in where.items()], axis=0)


def exclusion_note(rows: Sequence[int], reason: str) -> Note:
    """Return the note on the rows that a rule leaves out.

    Parameters
    ----------
    rows : sequence of int
        1-based numbers of the rows; empty where the rule no longer matches a row.
    reason : str
        Why the rows are not used.

    Returns
    -------
    Note
        The note `excluded_rows`, or `unused_exclusion` without rows.
    """
    if not rows:
        return Note("unused_exclusion", f"no row is left out any more for “{reason}”; remove the exclusion", (reason,))
    return Note("excluded_rows", f"{count(len(rows), 'row')} left out ({in_rows(rows)}): {reason}", (reason,))
