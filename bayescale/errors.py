"""Exceptions that bayescale raises on purpose.

    BayescaleError
    ├── InputError        a table, file, target or argument that cannot be used (exit code 2)
    │   └── SourceError   a source that cannot be reached, or not in time (exit code 2)
    ├── LawError          a law or parameter that is unknown, or a law whose inputs are missing (exit code 2)
    ├── ChecksFailed      a posterior that did not pass the gate after every escalation (exit code 3)
    └── StoredPosteriorError   a file that is not a bayescale posterior, or one of an unknown schema (exit code 2)

A message names the value, its place, what is allowed and the fix. Input is validated whole: `problems` holds every
problem, and the text lists them all.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

#: A very long word, such as a name of 100,000 letters, which would hide the rest of a message.
_LONG = re.compile(r"\S{2000,}")
LONGEST_NAME = 200  # characters of a name that is compared with others


def _legible(message: str) -> str:
    """A message that every terminal and file can hold: surrogates escaped, very long words cut."""
    return _LONG.sub(_shortened, message.encode("utf-8", "backslashreplace").decode("utf-8"))


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:100]}… ({len(word[0])} characters)"


class BayescaleError(Exception):
    """Base of every exception that bayescale raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong.
    problems : sequence of str, default ()
        Every problem, one line each.
    """

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(map(_legible, problems))
        super().__init__("\n".join([_legible(message), *(f"  - {problem}" for problem in self.problems)]))


class InputError(BayescaleError):
    """A table, file, target or argument cannot be used."""


class SourceError(InputError):
    """A source cannot be reached, does not answer in time, or refuses; a later attempt may succeed."""


class LawError(BayescaleError):
    """A law or parameter is unknown, or the parts or inputs of a law do not fit together."""


class ChecksFailed(BayescaleError):
    """A posterior did not pass the publication gate.

    Parameters
    ----------
    message : str
        Which checks failed.
    fit : Fit, optional
        The posterior, for inspection.
    """

    exit_code = 3

    def __init__(self, message: str, fit: Any = None) -> None:
        self.fit = fit
        super().__init__(message)


class StoredPosteriorError(BayescaleError):
    """A file or store holds no posterior that this release can read, or cannot be written."""


def closest(name: object, known: Iterable[object]) -> str:
    """Name the closest match of a misspelt name, and the known names.

    Parameters
    ----------
    name : object
        The name.
    known : iterable
        The known names.

    Returns
    -------
    str
        Text such as " Did you mean 'loss'? Known: error, loss.".
    """
    names = sorted(map(str, known))
    match = get_close_matches(str(name)[:LONGEST_NAME], names, n=1, cutoff=0.5)
    hint = f" Did you mean {match[0]!r}?" if match else ""
    listed = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
    return f"{hint} Known: {listed or 'none'}."
