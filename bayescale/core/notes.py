"""Notes: sentences about data or a posterior, each with a code and the names from the data that it mentions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Code of a note that an earlier release stored as text alone.
UNCODED = "uncoded"
#: Words of sentences that may also be names. Where a message quotes such a name, it stands for the name in quotes only.
_WORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "by", "do", "for", "from", "has", "have", "if", "in", "is", "it"),
    *("no", "not", "of", "on", "one", "or", "so", "the", "to", "two"),
}


class Note(str):
    """A sentence about data or a posterior that programs recognise by its code.

    A note is a text: it compares, prints and joins as its message does.

    Parameters
    ----------
    code : str
        What kind of note this is, in lower case with underscores, such as "constant_input". It never changes.
    message : str
        The sentence.
    names : sequence of str or None, default ()
        Texts from the data that stand in the message: families, runs, groups, problems, files. Names of columns are not
        among them. None: unknown, as in notes that earlier releases stored.

    Attributes
    ----------
    code : str
        The code.
    names : tuple of str or None
        The names.
    """

    __slots__ = ("code", "names")
    code: str
    names: tuple[str, ...] | None

    def __new__(cls, code: str, message: str, names: Iterable[str] | None = ()) -> "Note":
        """Create a note; see the class for the parameters."""
        note = super().__new__(cls, message)
        note.code = code
        note.names = None if names is None else tuple(names)
        return note

    def __reduce__(self) -> tuple[Any, ...]:
        return Note, (self.code, str(self), self.names)

    def renamed(self, new_names: Mapping[str, str]) -> "Note | None":
        """Replace the names in the message.

        Parameters
        ----------
        new_names : mapping of str to str
            The new name of each name.

        Returns
        -------
        Note or None
            The note with new names. None where a name has no new one, or where the names are unknown.
        """
        if self.names is None or any(name not in new_names for name in self.names):
            return None
        if not self.names:
            return self
        longest_first = sorted(set(self.names), key=len, reverse=True)  # a name may be a part of a longer one
        message = re.sub("|".join(map(self._place, longest_first)), lambda match: new_names[match[0]], self)
        return Note(self.code, message, [new_names[name] for name in self.names])

    def _place(self, name: str) -> str:
        """The regular expression of a name where it stands as a name, not as a word of the sentence."""
        is_word = name.lower() in _WORDS or name.isdecimal()
        before, after = ("(?<=')", "(?=')") if is_word and f"'{name}'" in self else (r"(?<!\w)", r"(?!\w)")
        return before + re.escape(name) + after


def as_note(note: str) -> Note:
    """Return a note as it is, and a plain text as a note without a code.

    Parameters
    ----------
    note : str or Note
        The note or text.

    Returns
    -------
    Note
        The note.
    """
    return note if isinstance(note, Note) else Note(UNCODED, note, None)


def codes_of(notes: Iterable[str]) -> list[str]:
    """Return the code of each note.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.

    Returns
    -------
    list of str
        The codes, in the order of the notes; "uncoded" for a plain text.
    """
    return [as_note(note).code for note in notes]


def to_json(notes: Iterable[str]) -> list[dict[str, Any]]:
    """Return notes as JSON values that `from_json` reads.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.

    Returns
    -------
    list of dict
        `code`, `message` and `names` of each note.
    """
    coded = map(as_note, notes)
    return [{"code": n.code, "message": str(n), "names": None if n.names is None else list(n.names)} for n in coded]


def from_json(values: Iterable[str | Mapping[str, Any]]) -> tuple[Note, ...]:
    """Return the notes that `to_json` wrote, or the texts that earlier releases wrote.

    Parameters
    ----------
    values : iterable of str or mapping
        The JSON values.

    Returns
    -------
    tuple of Note
        The notes.
    """
    return tuple(as_note(v) if isinstance(v, str) else Note(v["code"], v["message"], v["names"]) for v in values)
