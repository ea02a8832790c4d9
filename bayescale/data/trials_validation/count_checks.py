"""Counts that make a table of trials unusable; each message names the column, the values, the rows and the fix."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows, listing, values_in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.trials_validation.groups import COUNTS, FIRST, is_bookkeeping

LARGEST_COUNT = 2**53  # beyond, a float64 does not tell whole numbers apart

_COUNT_FIXES = {
    "attempts": "give how many attempts ran",
    "successes": "give how many attempts succeeded, 0 where none did",
    "errors": "give how many attempts did not run, 0 where all did",
}


def problems(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Describe everything that makes a table with one row per problem unusable, for the columns it has.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows, with `row`.
    groups : sequence of str
        Columns beyond the known ones.

    Returns
    -------
    list of str
        One message per problem.
    """
    messages = _blank_problems(table) if "problem" in table.columns else []
    messages += _positions(table) if FIRST in table.columns else []
    values: dict[str, np.ndarray] = {}
    for name in COUNTS:
        if name in table.columns:
            values[name], not_numbers = as_numbers(table[name])
            messages += _not_counts(table, name, values[name], not_numbers)
    if len(values) == len(COUNTS):
        messages += _impossible(table, **values)
    if "problem" in table.columns:
        messages += _repeated(table, groups) or _exported_twice(table, groups)
    return messages


def _positions(table: pd.DataFrame) -> list[str]:
    """A message on positions of first successes that are impossible."""
    first, wrong = as_numbers(table[FIRST])
    counts = {name: as_numbers(table[name])[0] for name in COUNTS[:2] if name in table.columns}
    wrong |= ~np.isnan(first) & ((first < 1) | (first % 1 != 0))
    if len(counts) == 2:
        last = counts["attempts"] - counts["successes"] + 1
        wrong |= ~np.isnan(first) & ((first > last) | (counts["successes"] == 0))
    if not wrong.any():
        return []
    return [
        f"column {FIRST!r}: {_values(table, FIRST, wrong)} must be the position of the first success among the "
        "attempts that ran, from 1 to attempts - successes + 1, or blank; give it another name with rename if it "
        "means something else."
    ]


def _exported_twice(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """A message where all rows are equal except in columns that number or date them: one export, joined twice."""
    names = [*(name for name in groups if not is_bookkeeping(name)), "problem", *COUNTS]
    bookkeeping = [name for name in groups if is_bookkeeping(name)]
    keys = table[[name for name in names if name in table.columns]].astype(object).map(str)
    repeats = keys.duplicated(keep=False)
    if not bookkeeping or repeats.sum() < len(table):
        return []
    rows = [f"{in_rows(table['row'][part.index].tolist())}" for _, part in keys.groupby(list(keys.columns), sort=False)]
    return [
        f"every row occurs more than once, apart from {listing(bookkeeping)}, which numbers or dates rows: "
        f"{listing(rows, separator='; ')}. The same export seems to be joined several times: keep one. Counts of "
        "different attempts need another column that distinguishes them."
    ]


def _not_counts(table: pd.DataFrame, name: str, values: np.ndarray, wrong: np.ndarray) -> list[str]:
    """Values of a count column that are blank, no number, a share, negative, not whole, or too large."""
    fix = _COUNT_FIXES[name]
    blank = np.isnan(values) & ~wrong
    share, negative = (values > 0) & (values < 1), values < 0
    not_whole = wrong | (~blank & ~share & ~negative & ((values != np.floor(values)) | np.isinf(values)))
    large = np.isfinite(values) & (values >= LARGEST_COUNT)
    messages = [f"column {name!r}: blank in {in_rows(_rows(table, blank))}; {fix}."] if blank.any() else []
    for where, problem in (
        (share, f"is a share, not a count: multiply it by the attempts; {fix}"),
        (not_whole, f"is not a whole number; {fix}"),
        (negative, f"is negative; {fix}"),
        (large, f"is larger than any count (2**53); if it is another column, rename it; {fix}"),
    ):
        if where.any():
            messages.append(f"column {name!r}: {_values(table, name, where)} {problem}.")
    return messages


def _rows(table: pd.DataFrame, where: np.ndarray) -> list[int]:
    return [int(row) for row in table["row"].to_numpy()[where]]


def _values(table: pd.DataFrame, name: str, where: np.ndarray) -> str:
    return values_in_rows(table[name].to_numpy()[where].tolist(), _rows(table, where))


def _impossible(table: pd.DataFrame, attempts: np.ndarray, successes: np.ndarray, errors: np.ndarray) -> list[str]:
    """Rows with more successes than attempts, or with neither attempts nor errors; NaN where a value was not read."""
    messages = []
    more, none = (successes > attempts) & (attempts >= 0), (attempts == 0) & (errors == 0) & (successes == 0)
    if more.any():
        triples = zip(successes[more], attempts[more], _rows(table, more), strict=True)
        pairs = listing([f"{succeeded:g} of {ran:g} (row {row})" for succeeded, ran, row in triples])
        messages.append(
            f"more successes than attempts: {pairs}; 'attempts' counts all attempts that ran, 'successes' those that "
            "succeeded among them, and 'errors' those that did not run."
        )
    if none.any():
        messages.append(
            f"no attempts and no errors in {in_rows(_rows(table, none))}; a problem that was never tried has no "
            "information: remove it, or count in 'errors' the attempts that did not run."
        )
    return messages


def _blank_problems(table: pd.DataFrame) -> list[str]:
    """A message on rows without a problem."""
    where = table["problem"].to_numpy() == ""
    if not where.any():
        return []
    return [f"column 'problem': blank in {in_rows(_rows(table, where))}; give the id of the problem (the prompt)."]


def _repeated(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """A message on problems that occur in one group more than once; rows that `grouped` adds differ in a column."""
    rows_of: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    keys = zip(*(table[name].tolist() for name in ("problem", *groups)), table["row"].tolist(), strict=True)
    for *key, row in keys:
        if key[0]:
            rows_of[tuple(key)].append(row)
    repeats = [f"{key[0]!r} in {in_rows(rows)}" for key, rows in rows_of.items() if len(rows) > 1]
    if not repeats:
        return []
    within = f" with the same {', '.join(groups)}" if groups else ""
    return [
        f"the same problem more than once{within}: {listing(repeats, separator='; ')}; add up the counts of a problem, "
        "or distinguish the rows by a column such as 'attack' or 'judge'."
    ]


def clustered_twice(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Describe problems of one group that are in more than one cluster.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows, with `problem`.
    groups : sequence of str
        The group columns.

    Returns
    -------
    list of str
        One message, or none.
    """
    if "cluster" not in table.columns:
        return []
    clusters = table.groupby([*groups, "problem"], sort=False)["cluster"].unique()
    several = clusters[clusters.map(len) > 1]
    conflicts = [
        f"problem {(key[-1] if isinstance(key, tuple) else key)!r} in {', '.join(map(repr, sorted(names)))}"
        for key, names in several.items()
    ]
    if not conflicts:
        return []
    return [f"a problem is in more than one cluster: {listing(conflicts, separator='; ')}; give each one cluster."]
