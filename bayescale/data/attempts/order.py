"""Attempts one by one, where there are not too many: their order, and whether an export stands there more than once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayescale.core.text import count, in_rows, listing

MOST_ORDERED = 500_000  # attempts that are looked at one by one; beyond, only counts are kept
CHANCE = 1e-6  # of counts that are all multiples of one number, below which they are taken for copies
FEWEST_DIFFERENT = 3  # counts of problems, below which all were made alike
FEWEST_COPIED = 10  # attempts of one copy, below which whole rows that recur say nothing


def first_by(rows: pd.DataFrame, keys: Sequence[str], within: Sequence[str]) -> "pd.Series[float] | None":
    """Position of the first success by `keys` among the attempts that ran, numbered through `within`; None where
    attempts are not numbered.

    rows  one row per attempt: the columns `keys`, `attempt` (text), `verdict` (true, false, blank) and `flagged`.
    """
    ran = rows[~rows["flagged"] & (rows["verdict"] != "blank")]
    number = pd.to_numeric(ran["attempt"], errors="coerce")
    if number.isna().any() or ran.assign(attempt=number).duplicated([*within, "attempt"]).any():
        return None
    position = number.groupby([ran[name] for name in within], sort=False).rank()
    succeeded = ran["verdict"] == "true"
    return position[succeeded].groupby([ran.loc[succeeded, name] for name in keys], sort=False).min()


def same_attempts(rows: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Attempts with the same number that agree in everything but what numbers or dates rows (column `whole`, a
    hash)."""
    known = rows["attempt"] != ""
    again = rows[known & rows.duplicated(["whole", *keys, "attempt"], keep=False)]
    if again.empty:
        return []
    names = [*keys, "attempt"]
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for place, key in zip(again.index, again[names].itertuples(index=False, name=None), strict=True):
        rows_of.setdefault(key, []).append(int(place) + 1)
    shown = [
        ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True)) + f" ({in_rows(same)})"
        for key, same in rows_of.items()
    ]
    return [
        "the same attempt more than once, alike in all but what numbers or dates rows: "
        f"{listing(shown, separator='; ')}; keep one row of each. Different attempts need a number of their own in "
        "the column 'attempt'."
    ]


def copied(rows: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Exports that were joined: every whole row recurs equally often, though rows of one copy differ within a
    problem."""
    times = rows.groupby("whole", sort=False).size()
    copies = int(times.iloc[0])
    if copies < 2 or (times != copies).any() or len(times) < FEWEST_COPIED:
        return []
    if len(times) <= len(rows[[*keys, "verdict", "flagged"]].drop_duplicates()):
        return []
    return [_joined(f"every row stands {copies} times, alike in all but what numbers or dates rows")]


def multiples(successes: np.ndarray, failures: np.ndarray) -> list[str]:
    """The same, from counts of each problem's successes and failures alone: all are multiples of one number."""
    both = (successes > 0) & (failures > 0)
    mixed, different = int(both.sum()), len(set(zip(successes[both].tolist(), failures[both].tolist(), strict=True)))
    step = int(np.gcd.reduce(np.concatenate([successes, failures])))
    if step < 2 or mixed * np.log(step) < -np.log(CHANCE) or different < FEWEST_DIFFERENT:
        return []
    return [_joined(f"the successes and failures of {count(mixed, 'problem')} are all multiples of {step}")]


def _joined(what: str) -> str:
    return (
        f"{what}: the same export seems to be joined several times. Keep one copy; attempts that are different need a "
        "number of their own in the column 'attempt'."
    )
