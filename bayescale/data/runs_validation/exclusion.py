"""Which rows a rule leaves out: those without a value in a column, or with given values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import count, in_rows
from bayescale.data.columns import FAILED, NO_NUMBER, as_numbers, as_text
from bayescale.errors import closest

#: How tables write numbers that are not finite, in lower case, beside `NO_NUMBER`.
INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})


def blank_rows(column: "pd.Series[Any]") -> np.ndarray:
    """Where a column has no usable value: blank, NaN or infinite, as a number or as text, or a
    word such as "diverged" (bool, n_rows)."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return ~np.isfinite(as_numbers(column)[0])
    unusable = NO_NUMBER | INFINITE | FAILED
    return np.array([text.lower() in unusable for text in as_text(column)], dtype=bool)


def rows_of_values(column: "pd.Series[Any]", values: Sequence[str | int | float]) -> np.ndarray:
    """Where a column has one of the values (bool, n_rows): numbers compare as numbers, text as text.

    The texts "NaN" and "Infinity" also match numbers that are so.
    """
    texts = {value for value in values if isinstance(value, str)}
    numbers = [float(value) for value in values if not isinstance(value, str)]
    numbers += [float(text) for text in texts if text.strip().lower() in INFINITE | {"nan"}]
    matches = np.array([text in texts for text in as_text(column)], dtype=bool)
    if numbers:
        parsed, wrong = as_numbers(column)
        matches |= np.isin(parsed, numbers) & ~wrong
        if any(map(math.isnan, numbers)):
            matches |= np.isnan(parsed) & ~wrong
    return matches


def excluded_rows(
    table: pd.DataFrame, blank: str | None, where: Mapping[str, str | int | float], rule: str, problems: list[str]
) -> np.ndarray:
    """Rows that are blank in `blank`, or whose columns have the values of `where` (bool, n_rows).

    A column that does not exist is added to `problems`, named by `rule`; then no row is left out.
    """
    names = [blank] if blank is not None else list(where)
    missing = [name for name in names if name not in table.columns]
    problems += [f"{rule}: no column {name!r}.{closest(name, table.columns)}" for name in missing]
    if missing:
        return np.zeros(len(table), dtype=bool)
    if blank is not None:
        return blank_rows(table[blank])
    return np.all([rows_of_values(table[name], (value,)) for name, value in where.items()], axis=0)


def exclusion_note(rows: Sequence[int], reason: str) -> str:
    """How many rows a rule left out and which, with its reason; that none was, where the rule has no use any more."""
    if not rows:
        return f"no row is left out any more for “{reason}”: the exclusion can go"
    return f"{count(len(rows), 'row')} left out ({in_rows(rows)}): {reason}"
