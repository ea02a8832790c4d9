"""Attempts at problems, for risk: tables and evaluation logs on this machine, counted by `read_trials`."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from bayescale.data.sources.files import as_patterns, checked
from bayescale.data.sources.places import marks, places
from bayescale.data.sources.table import Look
from bayescale.data.text import listing
from bayescale.data.trials import read_trials
from bayescale.errors import InputError


@dataclass(frozen=True)
class Attempts:
    """Trials on this machine: one row per problem or per attempt, Inspect logs, or logs of the LM Evaluation Harness.

    patterns   a path or pattern, or several; see `read_trials` for the kinds, and for what the next three mean.
    scorer     which scorer of a log counts, where there are several.
    success    what score is a success.
    rename     pairs (theirs, ours).

    What is read is counts, one row per problem and group: attempts are counted without being loaded. All files are one
    part, since a problem's attempts may stand in several.
    """

    patterns: str | tuple[str, ...]
    scorer: str | None = None
    success: str | float | None = None
    rename: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        checked(self.patterns, 1.0)
        if far := [one for one in as_patterns(self.patterns) if "://" in one]:
            raise InputError(f"{listing(far)}: attempts are counted on this machine; download the files first.")


@contextmanager
def look_at_attempts(source: Attempts) -> Iterator[Look]:
    """All files of the source as one part, stamped by all of their stamps."""
    found = places(as_patterns(source.patterns), 1.0)
    name = listing([place.name for place in found])
    stamp = hashlib.sha256("\n".join(f"{place.name} {place.stamp}" for place in found).encode()).hexdigest()[:16]

    def read(_: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        paths = [place.name for place in found]
        trials = read_trials(paths, rename=dict(source.rename), scorer=source.scorer, success=source.success)
        return trials.table.drop(columns="row"), trials.notes

    yield Look(name, {name: stamp}, read, mark=lambda _: marks(found))
