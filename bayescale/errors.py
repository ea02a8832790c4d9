"""Everything bayescale raises on purpose.

    BayescaleError
    ├── InputError        a table, file, target or argument that cannot be used as given (exit code 2)
    │   └── SourceError   a source that cannot be reached, or not in time (exit code 2)
    ├── LawError          a law or parameter that is unknown, or a law whose inputs are missing (exit code 2)
    ├── ChecksFailed      a posterior that did not pass the gate after every escalation (exit code 3)
    └── StoredPosteriorError   a file that is not a bayescale posterior, or one of an unknown schema (exit code 2)

A message names the value, where it stands, what is allowed, and what to do about it. Input is validated whole:
`problems` holds every finding, and the text lists them all.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

#: A word that no person wrote: a name of 100,000 letters would hide what is said of it.
_LONG = re.compile(r"\S{2000,}")
LONGEST_NAME = 200  # characters of a name that is compared with others


def _legible(message: str) -> str:
    """A message that every terminal and file can hold: surrogates escaped, endless words cut."""
    return _LONG.sub(_shortened, message.encode("utf-8", "backslashreplace").decode("utf-8"))


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:100]}… ({len(word[0])} characters)"


class BayescaleError(Exception):
    """Base of every error raised on purpose; `problems` lists every finding."""

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(map(_legible, problems))
        super().__init__("\n".join([_legible(message), *(f"  - {problem}" for problem in self.problems)]))


class InputError(BayescaleError):
    """Input that cannot be used as given."""


class SourceError(InputError):
    """A source that cannot be reached, does not answer in time, or refuses; trying again later may help."""


class LawError(BayescaleError):
    """A law, or something asked of it, that does not exist or does not fit together."""


class ChecksFailed(BayescaleError):
    """A posterior that did not pass the gate; nothing was published. `fit` holds it for inspection."""

    exit_code = 3

    def __init__(self, message: str, fit: Any = None) -> None:
        self.fit = fit
        super().__init__(message)


class StoredPosteriorError(BayescaleError):
    """A file that does not hold a posterior this version can read."""


def closest(name: object, known: Iterable[object]) -> str:
    """Text naming the closest match of a misspelt name, and what is known: " Did you mean …? Known: …"."""
    names = sorted(map(str, known))
    match = get_close_matches(str(name)[:LONGEST_NAME], names, n=1, cutoff=0.5)
    hint = f" Did you mean {match[0]!r}?" if match else ""
    shown = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
    return f"{hint} Known: {shown or 'none'}."
