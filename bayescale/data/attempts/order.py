"""Single attempts, where there are not too many: their order, and exports that were joined more than once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayescale.core.text import count, in_rows, listing

MOST_ORDERED = 500_000  # attempts that are examined singly; of more, only counts are used
CHANCE = 1e-6  # probability of counts that are all multiples of one number, below which they count as copies
FEWEST_DIFFERENT = 3  # different counts of problems, below which equal counts are by design
FEWEST_COPIED = 10  # attempts of one copy, below which equal rows may agree by chance


def first_by(rows: pd.DataFrame, keys: Sequence[str], within: Sequence[str]) -> "pd.Series[float] | None":
    """Return the position of the first success among the attempts that ran.

    Parameters
    ----------
    rows : DataFrame of shape (n_attempts, n_columns)
        One row per attempt: the columns `keys`, `attempt` (text), `verdict` (true, false, blank) and `flagged`.
    keys : sequence of str
        Columns by which positions are returned.
    within : sequence of str
        Columns within whose values attempts are numbered.

    Returns
    -------
    Series of float or None
        Positions by `keys`; None where attempts are not numbered.
    """
    ran = rows[~rows["flagged"] & (rows["verdict"] != "blank")]
    number = pd.to_numeric(ran["attempt"], errors="coerce")
    if number.isna().any() or ran.assign(attempt=number).duplicated([*within, "attempt"]).any():
        return None
    position = number.groupby([ran[name] for name in within], sort=False).rank()
    succeeded = ran["verdict"] == "true"
    return position[succeeded].groupby([ran.loc[succeeded, name] for name in keys], sort=False).min()


def same_attempts(rows: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Describe attempts with one number that agree in all columns except those that number or date rows.

    Parameters
    ----------
    rows : DataFrame of shape (n_attempts, n_columns)
        One row per attempt: the columns `keys`, `attempt`, and `whole`, a hash of the compared columns.
    keys : sequence of str
        Columns that identify a problem.

    Returns
    -------
    list of str
        One message, or none.
    """
    known = rows["attempt"] != ""
    again = rows[known & rows.duplicated(["whole", *keys, "attempt"], keep=False)]
    if again.empty:
        return []
    names = [*keys, "attempt"]
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for place, key in zip(again.index, again[names].itertuples(index=False, name=None), strict=True):
        rows_of.setdefault(key, []).append(int(place) + 1)
    attempts = [
        ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True)) + f" ({in_rows(numbers)})"
        for key, numbers in rows_of.items()
    ]
    return [
        "the same attempt more than once, equal in all columns except those that number or date rows: "
        f"{listing(attempts, separator='; ')}; keep one row of each. Different attempts need different numbers in the "
        "column 'attempt'."
    ]


def copied(rows: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Describe exports that were joined: every row recurs equally often, though rows of a copy differ in a problem.

    Parameters
    ----------
    rows : DataFrame of shape (n_attempts, n_columns)
        One row per attempt: the columns `keys`, `verdict`, `flagged`, and `whole`, a hash of the compared columns.
    keys : sequence of str
        Columns that identify a problem.

    Returns
    -------
    list of str
        One message, or none.
    """
    times = rows.groupby("whole", sort=False).size()
    copies = int(times.iloc[0])
    if copies < 2 or (times != copies).any() or len(times) < FEWEST_COPIED:
        return []
    if len(times) <= len(rows[[*keys, "verdict", "flagged"]].drop_duplicates()):
        return []
    return [_joined(f"every row occurs {copies} times, equal in all columns except those that number or date rows")]


def multiples(successes: np.ndarray, failures: np.ndarray) -> list[str]:
    """Describe exports that were joined, by counts alone: all are multiples of one number.

    Parameters
    ----------
    successes, failures : ndarray of int, shape (n_problems,)
        Counts of each problem.

    Returns
    -------
    list of str
        One message, or none.
    """
    both = (successes > 0) & (failures > 0)
    mixed, different = int(both.sum()), len(set(zip(successes[both].tolist(), failures[both].tolist(), strict=True)))
    step = int(np.gcd.reduce(np.concatenate([successes, failures])))
    if step < 2 or mixed * np.log(step) < -np.log(CHANCE) or different < FEWEST_DIFFERENT:
        return []
    return [_joined(f"the successes and failures of {count(mixed, 'problem')} are all multiples of {step}")]


def _joined(evidence: str) -> str:
    return (
        f"{evidence}: the same export seems to be joined several times. Keep one copy; different attempts need "
        "different numbers in the column 'attempt'."
    )
